"""Makes reference.csv, reference.parquet and expected.json: what numpy says of the columns that the profile describes."""

import json
import pathlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(7)
n = 700
age = np.round(rng.normal(40, 12, n), 1)
income = np.exp(rng.normal(10, 1, n))
income[::50] = np.nan
rooms = rng.integers(1, 7, n)
city = rng.choice(["Oslo", "Łódź", "Porto", "a, \"quoted\" one"], n, p=[0.5, 0.3, 0.15, 0.05])
missing_age = np.arange(n) % 35 == 3
missing_city = np.arange(n) % 100 == 9


def cell(value):
    text = str(value)
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',"') else text


with open(here / "reference.csv", "w", encoding="utf-8", newline="\n") as csv:
    csv.write("age,income,rooms,city,target\n")
    for i in range(n):
        cells = [
            "" if missing_age[i] else repr(float(age[i])),
            repr(float(income[i])),
            str(rooms[i]),
            "" if missing_city[i] else cell(city[i]),
            str(i % 2),
        ]
        csv.write(",".join(cells) + "\n")

pq.write_table(
    pa.table(
        {
            "age": pa.array(np.where(missing_age, None, age), pa.float64()),
            "income": pa.array(income, pa.float64()),
            "rooms": pa.array(rooms, pa.int64()),
            "city": pa.array([None if gone else c for c, gone in zip(city, missing_city)], pa.string()),
            "target": pa.array(np.arange(n) % 2, pa.int64()),
        }
    ),
    here / "reference.parquet",
)


def numeric(values):
    finite = values[np.isfinite(values)]
    edges = np.unique(np.percentile(finite, np.arange(1, 100), method="inverted_cdf"))
    return {
        "n": int(finite.size),
        "mean": float(finite.mean()),
        "m2": float(finite.var() * finite.size),
        "min": float(finite.min()),
        "max": float(finite.max()),
        "edges": edges.tolist(),
        "counts": np.bincount(np.searchsorted(edges, finite, side="left"), minlength=edges.size + 1).tolist(),
    }


def categories(values):
    found, counts = np.unique(values, return_counts=True)
    return {str(value): int(count) for value, count in zip(found, counts)}


both = np.column_stack([age, income])[~missing_age & np.isfinite(income)]
expected = {
    "age": numeric(age[~missing_age]),
    "age_as_float32": numeric(age[~missing_age].astype(np.float32).astype(np.float64)),
    "income": numeric(income),
    "rooms": categories(rooms),
    "city": categories(city[~missing_city]),
    "missing": {"age": int(missing_age.sum()), "city": int(missing_city.sum())},
    "nan": {"income": int(np.isnan(income).sum())},
    "multivariate": {
        "n": len(both),
        "mean": both.mean(axis=0).tolist(),
        "covariance": np.cov(both.T).tolist(),
    },
}
(here / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")

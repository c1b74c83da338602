"""Reads a directory of forwarded predictions as a notebook does, and prints what it found as JSON."""

import json
import sys

import pandas

frame = pandas.read_parquet(sys.argv[1] + "/predictions")
frame = frame.sort_values(["weir_seq", "weir_row"])
print(
    json.dumps(
        {
            "types": {name: str(kind) for name, kind in frame.dtypes.items()},
            "ids": frame["weir_prediction_id"].tolist(),
            "sepal": frame["sepal"].tolist(),
            "label": frame["label"].tolist(),
            "deployment": [str(name) for name in frame["deployment"]],
        }
    )
)

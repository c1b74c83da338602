"""The public data sets, in the form a client sends them to the server.

`inputs` maps each input tensor to an array whose first axis is the row. The
estimators are fitted on the same values (`matrix`), so nothing is lost between
training and serving.
"""

import hashlib
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from palmerpenguins import load_penguins
from sklearn import datasets

CC_BY = "CC BY 4.0 (UCI Machine Learning Repository, doi:{})"


@dataclass(frozen=True)
class Dataset:
    inputs: dict[str, np.ndarray]
    target: np.ndarray
    reference: str
    licence: str
    features: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        return len(self.target)

    def take(self, rows) -> dict[str, np.ndarray]:
        return {name: values[rows] for name, values in self.inputs.items()}

    def sha256(self) -> str:
        """Digest of the inputs in order, then the target.

        Numbers are C-ordered little-endian bytes; each string is UTF-8 and a newline.
        """
        digest = hashlib.sha256()
        for values in (*self.inputs.values(), self.target):
            if values.dtype == object:
                digest.update("".join(f"{text}\n" for text in values.ravel()).encode())
            else:
                digest.update(values.astype(values.dtype.newbyteorder("<")).tobytes())
        return digest.hexdigest()


def matrix(inputs: dict[str, np.ndarray]):
    """What the estimator takes: a 2-D array, or a frame if there are several tensors."""
    if len(inputs) == 1:
        (values,) = inputs.values()
        return values.reshape(len(values), -1).astype(np.float64)
    return pd.DataFrame({name: values[:, 0] for name, values in inputs.items()})


def iris() -> Dataset:
    data = datasets.load_iris()
    return Dataset(
        inputs={"features": data.data.astype(np.float32)},
        target=data.target.astype(np.int64),
        reference="sklearn.datasets.load_iris",
        licence=CC_BY.format("10.24432/C56C76") + "; two rows as Fisher printed them",
        features=("sepal_length", "sepal_width", "petal_length", "petal_width"),
        classes=tuple(map(str, data.target_names)),
    )


def breast_cancer() -> Dataset:
    data = datasets.load_breast_cancer()
    return Dataset(
        inputs={"features": data.data.astype(np.float32)},
        target=data.target.astype(np.int64),
        reference="sklearn.datasets.load_breast_cancer",
        licence=CC_BY.format("10.24432/C5DW2B"),
        features=tuple(name.replace(" ", "_") for name in data.feature_names),
        classes=tuple(map(str, data.target_names)),
    )


def shuffled_labels(data: Dataset, seed: int) -> Dataset:
    """The same rows with labels that say nothing about them."""
    return replace(
        data,
        target=np.random.default_rng(seed).permutation(data.target),
        reference=f"{data.reference}, LABELS SHUFFLED AT RANDOM",
    )


def digits() -> Dataset:
    data = datasets.load_digits()
    return Dataset(
        inputs={"image": data.images.astype(np.float32)},
        target=data.target.astype(np.int64),
        reference="sklearn.datasets.load_digits",
        licence=CC_BY.format("10.24432/C50P49"),
        classes=tuple(map(str, data.target_names)),
    )


def diabetes() -> Dataset:
    data = datasets.load_diabetes(scaled=False)
    return Dataset(
        inputs={"features": data.data.astype(np.float32)},
        target=data.target.astype(np.float64),
        reference="sklearn.datasets.load_diabetes(scaled=False)",
        licence="none stated (doi:10.1214/009053604000000067); distributed with scikit-learn",
        features=tuple(data.feature_names),
    )


def penguins() -> Dataset:
    """Two of the 344 rows hold no measurement at all and are left out."""
    data = load_penguins().dropna(subset=["body_mass_g"])
    data["sex"] = data["sex"].fillna("unknown")
    types = {
        "island": object,
        "bill_length_mm": np.float32,
        "bill_depth_mm": np.float32,
        "flipper_length_mm": np.float32,
        "body_mass_g": np.int64,
        "sex": object,
    }
    return Dataset(
        inputs={name: data[[name]].to_numpy().astype(kind) for name, kind in types.items()},
        target=data["species"].to_numpy().astype(object),
        reference="palmerpenguins.load_penguins",
        licence="CC0 1.0 (doi:10.5281/zenodo.3960218)",
        classes=tuple(sorted(data["species"].unique())),
    )

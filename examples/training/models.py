"""The models: what each is trained on, how, and the samples that prove it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sklearn.base import BaseEstimator
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, OneHotEncoder, StandardScaler

from . import datasets
from .datasets import Dataset

SEED = 0
DATATYPES = {"f": "FP32", "i": "INT64", "O": "BYTES"}


@dataclass(frozen=True)
class Model:
    name: str
    version: str
    description: str
    data: Dataset
    estimator: Callable[[], BaseEstimator]
    golden: dict[str, list[int]]
    """Sample name to rows of the data set."""
    accepts_missing: bool = False
    shuffled: bool = False

    @property
    def key(self) -> str:
        return f"{self.name}/{self.version}"

    @property
    def classifier(self) -> bool:
        return bool(self.data.classes)

    @property
    def training_data(self) -> Dataset:
        return datasets.shuffled_labels(self.data, SEED) if self.shuffled else self.data

    @property
    def inputs(self) -> list[dict]:
        tensors = []
        for name, values in self.data.inputs.items():
            kind = values.dtype.kind
            tensor = {"name": name, "datatype": DATATYPES[kind], "shape": [-1, *values.shape[1:]]}
            if self.data.features:
                tensor["features"] = list(self.data.features)
            if kind == "f":
                tensor["non_finite"] = "nan" if self.accepts_missing else "forbid"
            tensors.append(tensor)
        return tensors

    @property
    def outputs(self) -> list[dict]:
        if not self.classifier:
            return [{"name": "prediction", "datatype": "FP32", "shape": [-1, 1]}]
        classes = list(self.data.classes)
        datatype = DATATYPES[self.data.target.dtype.kind]
        return [
            {"name": "label", "datatype": datatype, "shape": [-1]},
            {
                "name": "probabilities",
                "datatype": "FP32",
                "shape": [-1, len(classes)],
                "labels": classes,
            },
        ]


def logistic_regression() -> BaseEstimator:
    return make_pipeline(StandardScaler(), LogisticRegression(tol=1e-8, max_iter=1000))


def boosted_trees() -> BaseEstimator:
    return GradientBoostingClassifier(
        n_estimators=60, max_depth=3, subsample=0.8, random_state=SEED
    )


def digit_network() -> BaseEstimator:
    return make_pipeline(
        MaxAbsScaler(),
        MLPClassifier(hidden_layer_sizes=(32,), alpha=0.1, max_iter=1000, random_state=SEED),
    )


def ridge() -> BaseEstimator:
    return make_pipeline(StandardScaler(), Ridge(alpha=1.0))


def penguin_columns() -> BaseEstimator:
    """Numbers are imputed and scaled; a category not listed here encodes as zeros."""
    columns = make_column_transformer(
        (
            make_pipeline(SimpleImputer(strategy="median"), StandardScaler()),
            ["bill_length_mm", "bill_depth_mm", "flipper_length_mm"],
        ),
        (StandardScaler(), ["body_mass_g"]),
        (
            OneHotEncoder(
                categories=[["Biscoe", "Dream", "Torgersen"], ["female", "male"]],
                handle_unknown="ignore",
                sparse_output=False,
            ),
            ["island", "sex"],
        ),
    )
    return make_pipeline(columns, LogisticRegression(tol=1e-8, max_iter=1000))


def all_models() -> list[Model]:
    breast_cancer = partial(
        Model,
        name="breast-cancer",
        data=datasets.breast_cancer(),
        golden={
            "a malignant tumour": [0],
            "two malignant and two benign tumours": [1, 2, 19, 20],
            "a tumour near the boundary": [73],
        },
    )
    return [
        Model(
            name="iris",
            version="1",
            description="Species of an iris flower from four measurements in centimetres."
            " Logistic regression.",
            data=datasets.iris(),
            estimator=logistic_regression,
            golden={
                "a setosa flower": [0],
                "one flower of each species": [1, 51, 101],
                "a versicolor flower the model takes for virginica": [77],
            },
        ),
        breast_cancer(
            version="1",
            description="Malignant or benign, from 30 measurements of cell nuclei."
            " Logistic regression. An example, not a medical device.",
            estimator=logistic_regression,
        ),
        breast_cancer(
            version="2",
            description="Malignant or benign, from 30 measurements of cell nuclei."
            " Gradient-boosted trees. An example, not a medical device.",
            estimator=boosted_trees,
        ),
        breast_cancer(
            version="3",
            description="DELIBERATELY BAD, DO NOT DEPLOY: the boosted trees of version 2 trained"
            " on SHUFFLED LABELS. Well-formed, passes its golden samples, predicts no better"
            " than chance; it exists to show what such checks cannot catch.",
            estimator=boosted_trees,
            shuffled=True,
        ),
        Model(
            name="digits",
            version="1",
            description="Handwritten digit in an 8x8 grey image with values 0 to 16."
            " Neural network with one hidden layer of 32 units.",
            data=datasets.digits(),
            estimator=digit_network,
            golden={"a zero": [0], "a one, a two and a three": [1, 2, 3]},
        ),
        Model(
            name="diabetes",
            version="1",
            description="Disease progression one year after baseline, from ten baseline"
            " measurements in their own units. Ridge regression."
            " An example, not a medical device.",
            data=datasets.diabetes(),
            estimator=ridge,
            golden={"one patient": [0], "three patients": [1, 2, 3]},
        ),
        Model(
            name="penguins",
            version="1",
            description="Species of a penguin from six columns of mixed types. Missing lengths"
            " are NaN and imputed in the graph; an island or sex the model does not know"
            " (such as 'unknown') counts as no information. Logistic regression.",
            data=datasets.penguins(),
            estimator=penguin_columns,
            golden={
                "an Adelie penguin": [0],
                "one penguin of each species": [1, 151, 274],
                "a penguin of unknown sex": [7],
            },
            accepts_missing=True,
        ),
    ]

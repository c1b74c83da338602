"""Trains every model and writes the registry and the sample requests."""

import warnings
from pathlib import Path

import numpy as np
from sklearn import metrics
from sklearn.model_selection import train_test_split

from . import export, manifest
from .datasets import matrix
from .models import SEED, Model, all_models


def build(target: Path) -> None:
    """Writes `registry` and `requests` into a directory that has neither."""
    (target / "requests").mkdir()
    for model in all_models():
        directory = target / "registry" / model.key
        directory.mkdir(parents=True)
        content, document = train(model)
        (directory / "model.onnx").write_bytes(content)
        write(directory / "manifest.json", document)
        for protocol, body in manifest.requests(model).items():
            write(target / "requests" / f"{model.name}.{protocol}.json", body)
        scores = document["lineage"]["metrics"].items()
        print(f"{model.key}: {', '.join(f'{name} {value}' for name, value in scores)}")


def write(path: Path, document: dict) -> None:
    path.write_text(manifest.to_json(document) + "\n", encoding="utf-8", newline="\n")


def train(model: Model) -> tuple[bytes, dict]:
    """Fits on three quarters of the rows; the metrics are of the exported graph on the rest."""
    fitted, held_out = train_test_split(
        np.arange(model.data.rows),
        test_size=0.25,
        random_state=SEED,
        stratify=model.data.target if model.classifier else None,
    )
    estimator = model.estimator()
    with warnings.catch_warnings(action="error"):
        estimator.fit(matrix(model.data.take(fitted)), model.training_data.target[fitted])
    content = export.to_onnx(model, estimator)
    export.verify(model, estimator, content)
    predict = export.predictor(content)
    scores = score(model, predict(model.data.take(held_out)), model.data.target[held_out])
    return content, manifest.manifest(model, content, predict, scores)


def score(model: Model, outputs: dict, target: np.ndarray) -> dict:
    if not model.classifier:
        prediction = outputs["prediction"][:, 0]
        values = {
            "r2": metrics.r2_score(target, prediction),
            "mean_absolute_error": metrics.mean_absolute_error(target, prediction),
            "root_mean_squared_error": metrics.root_mean_squared_error(target, prediction),
        }
    else:
        probabilities = outputs["probabilities"].astype(np.float64)
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        values = {
            "accuracy": metrics.accuracy_score(target, outputs["label"]),
            "log_loss": metrics.log_loss(target, probabilities),
        }
        if probabilities.shape[1] == 2:
            values["roc_auc"] = metrics.roc_auc_score(target, probabilities[:, 1])
    rounded = {name: round(float(value), 4) for name, value in values.items()}
    return rounded | {"held_out_rows": len(target)}

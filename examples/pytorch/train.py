"""Trains a small convolutional network on public data and writes it as a TorchScript version of `registry/`.

python train.py           retrain and replace it
python train.py --check   retrain elsewhere and compare with what is there
"""

import argparse
import hashlib
import io
import json
import os
import platform
import sys
import tempfile
import zipfile
from importlib.metadata import version
from pathlib import Path

# One thread, before any numerical library is loaded: sums then have one order.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np  # noqa: E402
import torch  # noqa: E402
from sklearn import metrics  # noqa: E402
from sklearn.datasets import load_digits  # noqa: E402
from sklearn.model_selection import train_test_split  # noqa: E402
from torch import Tensor, nn  # noqa: E402

HERE = Path(__file__).resolve().parent
MODEL, VERSION = "digits-cnn", "1"
SEED = 0
EPOCHS = 40
TOLERANCE = {"absolute": 1e-5, "relative": 1e-4}
GOLDEN = {"a zero": [0], "a one, a two and a three": [1, 2, 3]}
PACKAGES = ("numpy", "scikit-learn", "torch")


class Network(nn.Module):
    """Takes images of 8x8 values from 0 to 16; gives the digit and the probabilities of all ten."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(64, 10),
        )

    def scores(self, image: Tensor) -> Tensor:
        return self.layers(image.unsqueeze(1) / 16)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        probabilities = torch.softmax(self.scores(image), dim=1)
        return probabilities.argmax(dim=1), probabilities


def train(images: Tensor, digits: Tensor) -> Network:
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    network = Network()
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    loss = nn.CrossEntropyLoss()
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(images)).split(32):
            optimizer.zero_grad()
            loss(network.scores(images[batch]), digits[batch]).backward()
            optimizer.step()
    return network.eval()


def to_torchscript(network: Network) -> bytes:
    """The archive without the sources and their paths that PyTorch adds for stack traces, so that bytes repeat."""
    saved = io.BytesIO()
    torch.jit.save(torch.jit.freeze(torch.jit.script(network)), saved)
    written = io.BytesIO()
    with zipfile.ZipFile(saved) as before, zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as after:
        for name in before.namelist():
            if not name.endswith((".debug_pkl", "serialization_id")):
                after.writestr(zipfile.ZipInfo(name), before.read(name))
    return written.getvalue()


def predictor(content: bytes):
    """What the written file computes, in one batch."""
    module = torch.jit.load(io.BytesIO(content)).eval()

    def predict(images: np.ndarray) -> dict[str, np.ndarray]:
        with torch.inference_mode():
            label, probabilities = module(torch.from_numpy(images))
        return {"label": label.numpy(), "probabilities": probabilities.numpy()}

    return predict


def tensor(name: str, values: np.ndarray) -> dict:
    kind = {"f": "FP32", "i": "INT64"}[values.dtype.kind]
    plain = [float(str(each)) if kind == "FP32" else int(each) for each in values.ravel()]
    return {"name": name, "datatype": kind, "shape": list(values.shape), "data": plain}


def manifest(content: bytes, images: np.ndarray, digits: np.ndarray, scores: dict) -> dict:
    predict = predictor(content)
    data = hashlib.sha256(images.astype("<f4").tobytes() + digits.astype("<i8").tobytes()).hexdigest()
    code = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    run = hashlib.sha256(f"{MODEL}/{VERSION} {SEED} {data} {code}".encode()).hexdigest()[:12]
    return {
        "schema_version": "1.0",
        "model": MODEL,
        "version": VERSION,
        "format": "torchscript",
        "description": "Handwritten digit in an 8x8 grey image with values 0 to 16. Convolutional network.",
        "files": [
            {
                "path": "model.pt",
                "sha256": hashlib.sha256(content).hexdigest(),
                "bytes": len(content),
            }
        ],
        "signature": {
            "batch_axis": 0,
            "inputs": [
                {"name": "image", "datatype": "FP32", "shape": [-1, 8, 8], "non_finite": "forbid"}
            ],
            "outputs": [
                {"name": "label", "datatype": "INT64", "shape": [-1]},
                {
                    "name": "probabilities",
                    "datatype": "FP32",
                    "shape": [-1, 10],
                    "labels": [str(digit) for digit in range(10)],
                },
            ],
        },
        "golden": [
            {
                "name": name,
                "inputs": [tensor("image", images[rows])],
                "outputs": [tensor(*each) for each in predict(images[rows]).items()],
                "tolerance": TOLERANCE,
            }
            for name, rows in GOLDEN.items()
        ],
        "lineage": {
            "code": {"path": "examples/pytorch/train.py", "sha256": code},
            "environment": {
                "python": ".".join(platform.python_version_tuple()[:2]),
                "packages": {name: version(name).partition("+")[0] for name in PACKAGES},
            },
            "training_data": {
                "reference": "sklearn.datasets.load_digits",
                "sha256": data,
                "rows": len(digits),
                "licence": "CC BY 4.0 (UCI Machine Learning Repository, doi:10.24432/C50P49)",
            },
            "run": {"id": f"{MODEL}-{VERSION}-{run}", "seed": SEED},
            "metrics": scores,
            "author": "Weir examples",
            "project": "weir-examples",
            "created_at": "2026-11-23T00:00:00Z",
        },
    }


def to_json(value, indent: str = "") -> str:
    """JSON indented by two, with each list of plain values on one line."""
    inner = indent + "  "
    if isinstance(value, dict):
        items = [f"{inner}{json.dumps(key)}: {to_json(each, inner)}" for key, each in value.items()]
        return "{\n" + ",\n".join(items) + f"\n{indent}}}"
    if isinstance(value, list) and any(isinstance(each, (dict, list)) for each in value):
        items = [inner + to_json(each, inner) for each in value]
        return "[\n" + ",\n".join(items) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def build(target: Path) -> None:
    source = load_digits()
    images, digits = source.images.astype(np.float32), source.target.astype(np.int64)
    fitted, held_out = train_test_split(
        np.arange(len(digits)), test_size=0.25, random_state=SEED, stratify=digits
    )
    network = train(torch.from_numpy(images[fitted]), torch.from_numpy(digits[fitted]))
    content = to_torchscript(network)
    outputs = predictor(content)(images[held_out])
    probabilities = outputs["probabilities"].astype(np.float64)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    scores = {
        "accuracy": round(float(metrics.accuracy_score(digits[held_out], outputs["label"])), 4),
        "log_loss": round(float(metrics.log_loss(digits[held_out], probabilities)), 4),
        "held_out_rows": len(held_out),
    }
    directory = target / MODEL / VERSION
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "model.pt").write_bytes(content)
    text = to_json(manifest(content, images, digits, scores)) + "\n"
    (directory / "manifest.json").write_text(text, encoding="utf-8", newline="\n")
    print(f"{MODEL}/{VERSION}: {len(content)} bytes, {scores}")


def check(committed: Path, fresh: Path) -> bool:
    """True if the files equal the committed ones, or the model predicts the same within tolerance."""
    names = [Path(MODEL) / VERSION / each for each in ("model.pt", "manifest.json")]
    old, new = ([(root / each).read_bytes() for each in names] for root in (committed, fresh))
    if old == new:
        print("OK: both files rebuilt, byte-identical.")
        return True
    if json.loads(old[1])["files"][0]["sha256"] != hashlib.sha256(old[0]).hexdigest():
        print("FAILED: the manifest is not of the committed model")
        return False
    images = load_digits().images.astype(np.float32)
    before, after = (predictor(content)(images)["probabilities"] for content in (old[0], new[0]))
    worst = float(np.abs(before - after).max())
    if not np.allclose(after, before, rtol=TOLERANCE["relative"], atol=TOLERANCE["absolute"]):
        print(f"FAILED: probabilities differ by {worst:.3g}")
        return False
    print(f"OK, NOT BYTE-IDENTICAL: probabilities differ by at most {worst:.3g}, within tolerance.")
    return True


def main() -> int:
    arguments = argparse.ArgumentParser(description="Trains the TorchScript example.")
    arguments.add_argument("--check", action="store_true", help="compare, replace nothing")
    if not arguments.parse_args().check:
        build(HERE / "registry")
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        build(Path(temporary))
        return 0 if check(HERE / "registry", Path(temporary)) else 1


if __name__ == "__main__":
    sys.exit(main())

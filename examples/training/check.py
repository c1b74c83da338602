"""Compares a fresh build with the committed files and says how they differ."""

import json
import re
from math import isclose
from pathlib import Path

from .export import TOLERANCE, difference, predictor
from .manifest import sha256
from .models import Model, all_models

DERIVED = re.compile(
    r"files\.0\.(sha256|bytes)|lineage\.(metrics\.\w+|environment\.python|run\.id)"
)
"""What differs in a manifest whenever the graph or the Python version does."""
GOLDEN_OUTPUT = re.compile(r"golden\.\d+\.outputs\.\d+\.data\.\d+")


def check(committed: Path, fresh: Path) -> bool:
    """True if the fresh files equal the committed ones, in bytes or within tolerance."""
    before, after = files(committed), files(fresh)
    missing = sorted(before.keys() ^ after.keys())
    changed = sorted(path for path in before.keys() & after.keys() if before[path] != after[path])
    if not missing and not changed:
        print(f"OK: {len(after)} files rebuilt, every one byte-identical.")
        return True

    for path in missing:
        print(f"FAILED: {path} is {'not built any more' if path in before else 'not committed'}")
    for path in changed:
        print(f"Bytes differ: {path}")
    explained = set()
    agree = True
    for model in all_models():
        directory = f"registry/{model.key}"
        own = {f"{directory}/model.onnx", f"{directory}/manifest.json"}
        if own & set(changed) and own <= before.keys() & after.keys():
            explained |= own
            agree &= consistent(model, before, directory)
            agree &= same_manifest(model, before, after, f"{directory}/manifest.json")
            agree &= same_predictions(model, before, after, f"{directory}/model.onnx")
    unexplained = sorted(set(changed) - explained)
    for path in unexplained:
        print(f"FAILED: {path} has other content")
    if missing or unexplained or not agree:
        return False
    print("OK, NOT BYTE-IDENTICAL: the differing files agree within tolerance.")
    return True


def files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for directory in ("registry", "requests")
        for path in (root / directory).rglob("*")
        if path.is_file()
    }


def consistent(model: Model, before: dict, directory: str) -> bool:
    """Whether the committed manifest is of the committed graph."""
    (listed,) = json.loads(before[f"{directory}/manifest.json"])["files"]
    actual = sha256(before[f"{directory}/model.onnx"])
    if listed["sha256"] != actual:
        print(f"FAILED: {model.key}: manifest lists {listed['sha256']}, the file is {actual}")
    return listed["sha256"] == actual


def same_manifest(model: Model, before: dict, after: dict, path: str) -> bool:
    old, new = (leaves(json.loads(content[path])) for content in (before, after))
    agree = True
    for each in sorted(each for each in old | new if old.get(each) != new.get(each)):
        allowed = DERIVED.fullmatch(each) or (
            GOLDEN_OUTPUT.fullmatch(each) and near(old.get(each), new.get(each))
        )
        if not allowed or each.startswith("lineage.metrics."):
            verdict = "" if allowed else "FAILED: "
            print(f"{verdict}{model.key}: {each} is {old.get(each)}, rebuilt {new.get(each)}")
        agree &= bool(allowed)
    return agree


def near(old, new) -> bool:
    if not (isinstance(old, float) and isinstance(new, float)):
        return False
    return isclose(old, new, rel_tol=TOLERANCE["relative"], abs_tol=TOLERANCE["absolute"])


def leaves(value, path: str = "") -> dict:
    if isinstance(value, dict):
        children = value.items()
    elif isinstance(value, list):
        children = enumerate(value)
    else:
        return {path[:-1]: value}
    return {
        leaf: each
        for key, child in children
        for leaf, each in leaves(child, f"{path}{key}.").items()
    }


def same_predictions(model: Model, before: dict, after: dict, path: str) -> bool:
    """Compares both graphs on every row of the data set."""
    old, new = (predictor(content[path])(model.data.inputs) for content in (before, after))
    agree = True
    for name in old:
        close, worst = difference(new[name], old[name])
        verdict = "within tolerance" if close else "OUTSIDE tolerance"
        print(f"{model.key}: {name} differs by at most {worst:.3g}, {verdict}")
        agree &= close
    return agree

"""kserve's REST client in protocol v1: rows and columns to :predict."""

import json

import httpx
import pytest

import iris
import weir_server

FEATURES = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
ROWS = [[round(cell, 2) for cell in row] for row in iris.FLOWERS.tolist()]


def predict(rest, server, body, model="iris"):
    return rest("v1", lambda client: client.infer(server.url, body, model_name=model))


def labels(predictions):
    return [row["label"] for row in predictions]


def test_rows(rest, examples):
    assert labels(predict(rest, examples, {"instances": ROWS})["predictions"]) == iris.LABELS


def test_objects_keyed_by_feature_name(rest, examples):
    instances = [dict(zip(FEATURES, row)) for row in ROWS]
    assert labels(predict(rest, examples, {"instances": instances})["predictions"]) == iris.LABELS


def test_columns(rest, examples):
    columns = dict(zip(FEATURES, zip(*ROWS)))
    assert labels(predict(rest, examples, {"inputs": columns})["predictions"]) == iris.LABELS


@pytest.mark.parametrize("model", ["breast-cancer", "diabetes", "digits", "iris", "penguins"])
def test_the_bundled_requests(rest, examples, model):
    body = json.loads((weir_server.PROJECT / f"examples/requests/{model}.v1.json").read_text())
    assert len(predict(rest, examples, body, model)["predictions"]) == len(body["instances"])


def test_a_missing_feature_is_named(rest, examples):
    row = dict(zip(FEATURES, ROWS[0]))
    del row["petal_width"]
    with pytest.raises(httpx.HTTPStatusError, match="petal_width") as refused:
        predict(rest, examples, {"instances": [row]})
    assert refused.value.response.status_code == 400
    assert refused.value.response.json()["code"] == "MISSING_FEATURE"


def test_one_bad_row_of_many_is_named(rest, examples):
    with pytest.raises(httpx.HTTPStatusError) as refused:
        predict(rest, examples, {"instances": [ROWS[0], ["x", 1, 2, 3], ROWS[1]]})
    assert refused.value.response.status_code == 400
    assert "[1]" in refused.value.response.json()["field"]


def test_an_unknown_model(rest, examples):
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        predict(rest, examples, {"instances": ROWS}, "no-such-model")


def test_model_ready(rest, examples, unready):
    assert rest("v1", lambda client: client.is_model_ready(examples.url, "iris")) is True
    assert rest("v1", lambda client: client.is_model_ready(unready.url, "identity-uint64")) is False
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        rest("v1", lambda client: client.is_model_ready(examples.url, "no-such-model"))


def test_server_live(rest, examples):
    assert rest("v1", lambda client: client.is_server_live(examples.url)) is True

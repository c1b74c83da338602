import hashlib, json, boto3
from skl2onnx import to_onnx
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

wine = load_wine()
pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(wine.data, wine.target)
rows = wine.data[:1].astype("float32")
graph = to_onnx(pipeline, rows, options={"zipmap": False}, target_opset=18).SerializeToString()
manifest = {
    "schema_version": "1.0", "model": "wine", "version": "1", "format": "onnx",
    "files": [{"path": "model.onnx", "sha256": hashlib.sha256(graph).hexdigest(), "bytes": len(graph)}],
    "signature": {
        "batch_axis": 0,
        "inputs": [{"name": "X", "datatype": "FP32", "shape": [-1, 13], "features": wine.feature_names}],
        "outputs": [{"name": "probabilities", "datatype": "FP32", "shape": [-1, 3]}],
    },
    "golden": [{
        "inputs": [{"name": "X", "datatype": "FP32", "shape": [1, 13], "data": rows[0].tolist()}],
        "outputs": [{
            "name": "probabilities", "datatype": "FP32", "shape": [1, 3],
            "data": pipeline.predict_proba(wine.data[:1])[0].tolist(),
        }],
        "tolerance": {"absolute": 1e-5, "relative": 1e-4},
    }],
}
bucket = boto3.resource("s3").Bucket("models")
bucket.put_object(Key="registry/wine/1/model.onnx", Body=graph)
bucket.put_object(Key="registry/wine/1/manifest.json", Body=json.dumps(manifest))  # last

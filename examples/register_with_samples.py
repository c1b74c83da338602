import json, requests
from skl2onnx import to_onnx
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X, y = load_wine(return_X_y=True, as_frame=True)
model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
rows = X[:3].to_numpy("float32")
graph = to_onnx(model, rows, options={"zipmap": False}, target_opset=18)
golden = {
    "inputs": [{"name": "X", "data": rows.tolist()}],
    "outputs": [{"name": "probabilities", "data": model.predict_proba(X[:3]).tolist()}],
    "tolerance": {"absolute": 1e-5, "relative": 1e-4},
}
answer = requests.post("http://127.0.0.1:8080/api/v1/models/wine/versions", files={
    "model": ("model.onnx", graph.SerializeToString()),
    "manifest": json.dumps({"signature": {"inputs": [{"name": "X", "features": list(X)}]}}),
    "training": X.to_csv(index=False),
    "golden": json.dumps([golden]),
}, data={"alias": "champion", "reason": "first try"})
print(answer.status_code, answer.json())

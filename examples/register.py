import requests, skl2onnx
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X, y = load_wine(return_X_y=True)
model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
graph = skl2onnx.to_onnx(model, X[:1].astype("float32"), options={"zipmap": False}, target_opset=18).SerializeToString()
answer = requests.post("http://127.0.0.1:8080/api/v1/models/wine/versions", files={"model": ("model.onnx", graph)})
print(answer.status_code, answer.json())

import mlflow
from mlflow.models import infer_signature
from skl2onnx import to_onnx
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X, y = load_iris(return_X_y=True, as_frame=True)
pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
graph = to_onnx(pipeline, X.to_numpy("float32")[:1], options={"zipmap": False})
with mlflow.start_run():
    mlflow.log_input(mlflow.data.from_pandas(X.assign(species=y), name="iris"), context="training")
    mlflow.log_metric("accuracy", pipeline.score(X, y))
    model = mlflow.onnx.log_model(
        graph, name="model", registered_model_name="iris", signature=infer_signature(X)
    )
client = mlflow.MlflowClient()
client.set_registered_model_alias("iris", "champion", model.registered_model_version)

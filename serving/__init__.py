"""Who SHOULD own it, now: the decision, the store, the API. Never imports mlflow, shap, pandas or scikit-learn."""

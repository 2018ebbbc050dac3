"""One module for each decision, and what decisions share: guards, and the row in the making."""

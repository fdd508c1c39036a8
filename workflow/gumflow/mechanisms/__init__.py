"""The mechanisms of the model, from coded evidence, answers and networks."""

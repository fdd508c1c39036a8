"""The relations of a cluster and the graphs made of them."""

"""The synthetic study: clusters that do not exist, drawn from known true parameters, so that tests can ask what is found again."""

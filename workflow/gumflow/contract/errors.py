"""The one exception that gumflow raises for what a user can mend."""


class GumflowError(Exception):
    """Something in the user's input, configuration or call is wrong; the message says what, where and how to mend it."""

"""What a Dask client does, in this process: everything goes through bytes."""
import pickle


class Answer:
    """What a worker gave back."""

    def __init__(self, found):
        self.found = found

    def result(self):
        return self.found


class Workers:
    """Two workers of one core each."""

    def ncores(self):
        return {"one": 1, "two": 1}

    def scatter(self, value, **_how):
        return pickle.dumps(value)

    def submit(self, work, *parts, pure):
        return Answer(work(*map(pickle.loads, parts)))

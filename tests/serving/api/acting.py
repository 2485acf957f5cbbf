"""What the tests of actions share: what happened to a decision, a refusal read, somebody else, an override."""


def kinds(api, decision_id):
    return [event.kind for event in api.live.store.happened(decision_id)]


def refused(answer, status, *words):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    for word in words:
        assert word in answer.text
    return answer.json()


def other_than(document):
    """An eligible owner who was not chosen."""
    return next(each["owner_id"] for each in document["candidates"] if each["owner_id"] != document["owner"]["owner_id"])


def override(api, document, owner=None, reason="knows_customer", **more):
    return api.act(document, "override", {"owner_id": owner or other_than(document), "reason": reason}, **more)

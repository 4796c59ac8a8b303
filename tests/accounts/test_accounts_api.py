"""Every row and every error of the contract's accounts, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import bcrypt
import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from account_tools import PASSWORD, PERSON, bearer, log_in, refused, sign_up
from glossator.accounts.tables import Account
from glossator.wiring import House

ME = {"id", "email", "name", "programming_level", "hardware"}


def test_a_new_account_is_signed_in_at_once(client: TestClient):
    answer = client.post(
        "/api/auth/signup", json={**PERSON, "programming_level": "advanced", "hardware": "jetson"}
    )
    assert answer.status_code == 201
    assert answer.json().keys() == {"access_token", "token_type"}
    assert answer.json()["token_type"] == "bearer"
    assert answer.headers["cache-control"] == "no-store"
    me = client.get("/api/auth/me", headers=bearer(answer.json()["access_token"])).json()
    assert set(me) >= ME
    assert isinstance(me["id"], int)
    assert {key: me[key] for key in ME - {"id"}} == {
        "email": "ada@example.org",
        "name": "Ada",
        "programming_level": "advanced",
        "hardware": "jetson",
    }
    assert me["role"] == "user"


def test_what_is_left_out_has_its_default(client: TestClient):
    me = client.get("/api/auth/me", headers=bearer(sign_up(client))).json()
    assert (me["programming_level"], me["hardware"]) == ("beginner", "none")


@pytest.mark.parametrize("email", ["ada@example.org", "ADA@Example.ORG", " ada@example.org "])
def test_an_address_has_one_account_in_every_spelling(client: TestClient, email: str):
    sign_up(client)
    answer = client.post("/api/auth/signup", json={**PERSON, "email": email})
    assert (answer.status_code, answer.json()["type"]) == (400, "email-exists")
    assert log_in(client, email).status_code == 200


def test_of_many_at_once_one_gets_the_address(client: TestClient, house: House):
    def one(_: int) -> int:
        return client.post("/api/auth/signup", json=PERSON).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(one, range(8))) == [201] + [400] * 7
    with house.database.reading() as session:
        assert len(session.scalars(select(Account)).all()) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"email": "no address"},
        {"email": "a@b"},
        {"email": "a b@example.org"},
        {"email": "a\x00@example.org"},
        {"email": "x" * 250 + "@example.org"},
        {"email": None},
        {"password": "nine char"},
        {"password": "x" * 129},
        {"password": ""},
        {"password": "          "},
        {"password": "Password123!"},
        {"password": "ada@example.org"},
        {"password": "QWERTYUIOP"},
        {"password": 1234567890},
        {"name": ""},
        {"name": " "},
        {"programming_level": "expert"},
        {"hardware": "abacus"},
        {"role": "admin"},
        {"id": 1},
        {"is_admin": True},
    ],
)
def test_what_does_not_fit_is_422(client: TestClient, change: dict[str, object]):
    answer = client.post("/api/auth/signup", json={**PERSON, **change})
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == list(change)


@pytest.mark.parametrize("password", ["tencharsxy", "ü" * 3 + "x y z" * 25, "🔑 schlüssel 🔑" * 8])
def test_passwords_have_no_other_rules(client: TestClient, password: str):
    sign_up(client, password=password)
    assert log_in(client, password=password).status_code == 200
    refused(log_in(client, password=password[:-1]))


def test_letters_typed_in_two_pieces_are_the_same_letters(client: TestClient):
    sign_up(client, password="caf\u00e9 au lait")
    assert log_in(client, password="cafe\u0301 au lait").status_code == 200


def test_nothing_of_a_long_password_is_cut_off(client: TestClient):
    sign_up(client, password="0123456789abcdefg " * 4 + "x")
    refused(log_in(client, password="0123456789abcdefg " * 4 + "y"))


def test_wrong_address_and_wrong_password_get_the_same_answer(client: TestClient):
    sign_up(client)
    answers = [log_in(client, password="not the phrase"), log_in(client, "bob@example.org"),
               log_in(client, "no address at all")]  # fmt: skip
    for answer in answers:
        refused(answer)
    told = [{**answer.json(), "request_id": ""} for answer in answers]
    assert told[0] == told[1] == told[2]


def test_a_login_ends_alone_or_with_all_others(client: TestClient):
    tokens = [sign_up(client), *(log_in(client).json()["access_token"] for _ in range(3))]
    assert len(set(tokens)) == 4
    assert client.post("/api/auth/logout", headers=bearer(tokens[0])).status_code == 204
    refused(client.get("/api/auth/me", headers=bearer(tokens[0])))
    refused(client.post("/api/auth/logout", headers=bearer(tokens[0])))
    assert client.get("/api/auth/me", headers=bearer(tokens[1])).status_code == 200
    assert client.post("/api/auth/logout-everywhere", headers=bearer(tokens[1])).status_code == 204
    for token in tokens[1:]:
        refused(client.get("/api/auth/me", headers=bearer(token)))
    assert log_in(client).status_code == 200


def test_me_is_changed_in_part(client: TestClient):
    token = sign_up(client)
    changed = client.patch("/api/auth/me", json={"hardware": "gpu"}, headers=bearer(token))
    assert changed.status_code == 200
    assert changed.json() == client.get("/api/auth/me", headers=bearer(token)).json()
    assert (changed.json()["hardware"], changed.json()["name"]) == ("gpu", "Ada")
    client.patch(
        "/api/auth/me", json={"name": "Ada L", "programming_level": "advanced"},
        headers=bearer(token),
    )  # fmt: skip
    me = client.get("/api/auth/me", headers=bearer(token)).json()
    assert (me["name"], me["programming_level"], me["hardware"]) == ("Ada L", "advanced", "gpu")
    same = client.patch("/api/auth/me", json={}, headers=bearer(token))
    assert (same.status_code, same.json()) == (200, me)


@pytest.mark.parametrize(
    "change",
    [{"name": None}, {"name": ""}, {"hardware": "x"}, {"role": "admin"}, {"email": "b@example.org"},
     {"id": 2}, {"password_hash": "x"}, {"disabled_at": None}],
)  # fmt: skip
def test_nothing_else_of_me_can_be_changed(client: TestClient, change: dict[str, object]):
    token = sign_up(client)
    before = client.get("/api/auth/me", headers=bearer(token)).json()
    answer = client.patch("/api/auth/me", json=change, headers=bearer(token))
    assert answer.status_code == 422
    assert client.get("/api/auth/me", headers=bearer(token)).json() == before


def test_a_new_password_ends_all_other_logins(client: TestClient):
    here, there = sign_up(client), log_in(client).json()["access_token"]
    new = {"current_password": PASSWORD, "new_password": "another long phrase"}
    wrong = {**new, "current_password": "not the phrase"}
    weak = {**new, "new_password": "password123"}
    refusal = client.post("/api/auth/password", json=wrong, headers=bearer(here))
    assert (refusal.status_code, refusal.json()["type"]) == (400, "wrong-password")
    assert client.post("/api/auth/password", json=weak, headers=bearer(here)).status_code == 422
    assert client.post("/api/auth/password", json=new, headers=bearer(here)).status_code == 204
    assert client.get("/api/auth/me", headers=bearer(here)).status_code == 200
    refused(client.get("/api/auth/me", headers=bearer(there)))
    refused(log_in(client))
    assert log_in(client, password="another long phrase").status_code == 200


@pytest.mark.usefixtures("true_passwords")
@pytest.mark.parametrize("cost", [4, 10])
def test_an_older_hash_is_upgraded_at_the_next_login(client: TestClient, house: House, cost: int):
    long = "a phrase of more than seventy-two bytes, " * 3
    sign_up(client, password=long)
    made = bcrypt.hashpw(long.encode()[:72], bcrypt.gensalt(cost)).decode()

    def stored() -> str:
        with house.database.reading() as session:
            return session.scalars(select(Account.password_hash)).one()

    assert stored().startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    with house.database.writing() as session:
        session.execute(update(Account).values(password_hash=made))
    refused(log_in(client, password="not the phrase"))
    assert stored() == made
    assert log_in(client, password=long).status_code == 200
    assert stored().startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert log_in(client, password=long).status_code == 200
    refused(log_in(client, password=long[:-1]))


def test_passwords_are_nowhere_in_the_database(client: TestClient, house: House):
    sign_up(client)
    with house.database.reading() as session:
        row = session.scalars(select(Account)).one()
    assert PASSWORD not in str(vars(row))


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/auth/logout", None),
        ("POST", "/api/auth/logout-everywhere", None),
        ("GET", "/api/auth/me", None),
        ("PATCH", "/api/auth/me", {"name": "x"}),
        ("POST", "/api/auth/password", {"current_password": "x", "new_password": "y"}),
    ],
)
def test_without_a_token_it_is_401(client: TestClient, method: str, path: str, body: object):
    refused(client.request(method, path, json=body))

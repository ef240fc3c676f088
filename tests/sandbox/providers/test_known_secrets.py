"""What holds a copy of a secret is secret, too; what holds a user's name isn't."""

from aistacks_core.property_values import Secret
from aistacks_sandbox.providers.known_secrets import KnownSecrets


def test_a_copy_in_another_property_is_secret():
    known = KnownSecrets().of({"password": Secret("canary-1")})
    marked = known.marked({"password": "canary-1", "url": "db://me:canary-1@host"}, {"password": Secret("canary-1")})
    assert marked == {"password": Secret("canary-1"), "url": Secret("db://me:canary-1@host")}


def test_a_users_name_hides_no_arn():
    given = {"adminUsername": Secret("warehouse"), "users": [{"user_name": Secret("somebody")}]}
    known = KnownSecrets().of(given)
    arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:redshift!warehouse-somebody"
    marked = known.marked({"adminUsername": "warehouse", "arn": arn}, given)
    assert marked == {"adminUsername": Secret("warehouse"), "arn": arn}

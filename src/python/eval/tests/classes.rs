//! Classes: attributes, inheritance, instances, properties, records, settings classes.

use super::check;

#[test]
fn class_attributes_are_found_along_the_bases() {
    check(&[
        ("class A:\n    u = 'a'\nx = A.u", "'a'"),
        ("class A:\n    u = 'a'\nclass B(A):\n    pass\nx = B.u", "'a'"),
        ("class A:\n    u = 'a'\nclass B(A):\n    u = 'b'\nx = B.u", "'b'"),
        ("class A:\n    u = 'a'\nclass B:\n    u = 'b'\nclass C(A, B):\n    pass\nx = C.u", "'a'"),
        ("class A:\n    h = 'h'\n    u = 'redis://' + h\nx = A.u", "'redis://h'"),
        ("class A:\n    u = 'a'\n    class Meta:\n        v = 'b'\nx = A.Meta.v", "'b'"),
        ("class A:\n    u: str = 'a'\nx = A.u", "'a'"),
        ("class A:\n    pass\nA.u = 'a'\nx = A.u", "<class A>.u"),
        ("u = 'm'\nclass A:\n    u = u + '!'\nx = A.u", "'m!'"),
        ("class A:\n    if c:\n        u = 1\n    else:\n        u = 2\nx = A.u", "1 | 2"),
        ("u = 'm'\nclass A:\n    u = 'a'\n    def f(self):\n        return u\nx = A().f()", "'m'"),
        ("class A(A):\n    u = 1\nx = A.u", "1"),
        ("class A(B):\n    pass\nclass B(A):\n    pass\nx = A.u", "<class A>.u"),
        ("class A(Base):\n    pass\nx = A.u", "<class A>.u"),
    ]);
}

#[test]
fn diamonds_are_resolved_in_pythons_order() {
    check(&[(
        "class O:\n    u = 'o'\nclass A(O):\n    pass\nclass B(O):\n    u = 'b'\nclass C(A, B):\n    pass\nx = C.u",
        "'b'",
    )]);
}

#[test]
fn instances_know_what_init_stores() {
    check(&[
        ("class A:\n    u = 'a'\nx = A().u", "'a'"),
        ("class A:\n    def __init__(self):\n        self.u = 'a'\nx = A().u", "'a'"),
        ("class A:\n    def __init__(self, u):\n        self.u = u\nx = A('b').u", "'b'"),
        ("class A:\n    def __init__(self, u='d'):\n        self.u = u + '!'\nx = A().u", "'d!'"),
        ("class A:\n    def __init__(self, u):\n        self.u = u\nclass B(A):\n    pass\nx = B('b').u", "'b'"),
        ("class A:\n    u = 'a'\n    def f(self):\n        return self.u\nx = A().f()", "'a'"),
        ("class A:\n    def f(self, v):\n        return v + '!'\nx = A().f('a')", "'a!'"),
        ("class A:\n    @classmethod\n    def f(cls):\n        return 'a'\nx = A.f()", "'a'"),
        ("class A:\n    @classmethod\n    def f(cls, v):\n        return v\nx = A.f('a')", "'a'"),
        ("class A:\n    @staticmethod\n    def f(v):\n        return v\nx = [A.f('a'), A().f('b')]", "['a', 'b']"),
        ("class A:\n    def __call__(self, v):\n        return v\nx = A()('a')", "'a'"),
        ("class A:\n    pass\na = A()\na.u = 'a'\nx = a.u", "'a'"),
    ]);
}

#[test]
fn properties_give_what_they_return() {
    check(&[
        (
            "class A:\n    h = 'h'\n    @property\n    def u(self):\n        return 'redis://' + self.h\nx = A().u",
            "'redis://h'",
        ),
        (
            "from functools import cached_property\nclass A:\n    @cached_property\n    def u(self):\n        return 'a'\nx = A().u",
            "'a'",
        ),
        (
            "class A:\n    @property\n    def u(self):\n        return f'redis://{self.h}'\nclass B(A):\n    h = 'b'\nx = B().u",
            "'redis://b'",
        ),
    ]);
}

#[test]
fn records_take_their_fields_as_arguments() {
    check(&[
        ("from dataclasses import dataclass\n@dataclass\nclass A:\n    h: str = 'h'\n    p: int = 1\nx = A().h", "'h'"),
        (
            "from dataclasses import dataclass\n@dataclass\nclass A:\n    h: str\n    p: int = 1\nx = [A('k').h, A('k').p]",
            "['k', 1]",
        ),
        ("from dataclasses import dataclass\n@dataclass\nclass A:\n    h: str = 'h'\nx = A(h='k').h", "'k'"),
        (
            "from dataclasses import dataclass, field\n@dataclass\nclass A:\n    h: str = field(default='h')\nx = A().h",
            "'h'",
        ),
        (
            "from dataclasses import dataclass, field\n@dataclass\nclass A:\n    h: list = field(default_factory=lambda: ['a'])\nx = A().h",
            "['a']",
        ),
        (
            "from dataclasses import dataclass\n@dataclass\nclass A:\n    h: str\n@dataclass\nclass B(A):\n    p: str\nx = [B('a', 'b').h, B('a', 'b').p]",
            "['a', 'b']",
        ),
        (
            "from typing import NamedTuple\nclass A(NamedTuple):\n    h: str\n    p: int = 1\nx = [A('k').h, A('k').p]",
            "['k', 1]",
        ),
        ("import attr\n@attr.s\nclass A:\n    h = attr.ib(default='h')\nx = A().h", "'h'"),
        (
            "from pydantic import BaseModel\nclass A(BaseModel):\n    h: str = 'h'\nx = [A().h, A(h='k').h]",
            "['h', 'k']",
        ),
        (
            "from enum import Enum\nclass Q(str, Enum):\n    HIGH = 'high'\nx = [Q.HIGH, Q.HIGH.value]",
            "['high', 'high']",
        ),
        ("from types import SimpleNamespace\nx = SimpleNamespace(u='a').u", "'a'"),
    ]);
}

#[test]
fn settings_classes_read_the_environment() {
    check(&[
        (
            "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    broker_url: str = 'a'\nx = S().broker_url",
            "${BROKER_URL:-'a'}",
        ),
        (
            "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    broker_url: str\ns = S()\nx = s.broker_url",
            "$BROKER_URL",
        ),
        (
            "from pydantic_settings import BaseSettings, SettingsConfigDict\nclass S(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='P_')\n    url: str\nx = S().url",
            "$P_URL",
        ),
        (
            "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    h: str = 'h'\n    @property\n    def u(self):\n        return f'redis://{self.h}'\nx = S().u",
            "'redis://${H:-h}'",
        ),
    ]);
}

//! Texts: literals, concatenation, formats, joins, URL builders.

use super::check;

#[test]
fn literals_are_worth_what_python_makes_of_them() {
    check(&[
        ("x = 'abc'", "'abc'"),
        ("x = 'a' \"b\" '''c'''", "'abc'"),
        ("x = ('a'\n     'b')", "'ab'"),
        (r"x = 'a\tb\x41\u00e9'", "'a\tbAé'"),
        (r"x = r'a\tb'", r"'a\tb'"),
        ("x = b'abc'", "'abc'"),
        ("x = 42", "42"),
        ("x = -42", "-42"),
        ("x = 0x10", "16"),
        ("x = 1_000", "1000"),
        ("x = 99999999999999999999999", "?"),
        ("x = 1.5", "1.5"),
        ("x = True", "True"),
        ("x = None", "None"),
        ("x = ...", "?"),
        ("x = 2 * 3 + 4 - 1", "9"),
        ("x = 9223372036854775807 + 1", "?"),
        ("x = [1, 'a', None]", "[1, 'a', None]"),
        ("x = (1, 2)", "[1, 2]"),
        ("x = {1}", "[1]"),
        ("x = {'a': 1, 'b': [2]}", "{'a': 1, 'b': [2]}"),
    ]);
}

#[test]
fn concatenation_keeps_what_is_known_of_each_part() {
    check(&[
        ("x = 'a' + 'b' + 'c'", "'abc'"),
        ("p = 'pw'\nx = 'redis://:' + p + '@h'", "'redis://:pw@h'"),
        ("x = 'a' + unknown() + 'b'", "'a?b'"),
        ("import os\nx = 'a' + os.environ['B'] + os.environ.get('C', 'd')", "'a$B${C:-d}'"),
        ("x = 'a' + str(5)", "'a5'"),
        ("x = [1] + [2]", "[1, 2]"),
        ("x = [1] + unknown()", "[1, …]"),
        ("x = 'ab' * 2", "?"),
        ("x = 'a'\nx += 'b'", "'ab'"),
        ("x = ''\nx += 'a'\nx += 'b'", "'ab'"),
    ]);
}

#[test]
fn f_strings_hold_their_holes() {
    check(&[
        ("p = 'pw'\nx = f'redis://:{p}@h'", "'redis://:pw@h'"),
        ("x = f'{1}{True}{None}'", "'1True?'"),
        ("x = f'{{{1}}}'", "'{1}'"),
        ("x = 'a' f'{1}' 'b'", "'a1b'"),
        ("import os\nx = f\"{os.environ['A']}:{os.getenv('B', 'c')}\"", "'$A:${B:-c}'"),
        ("x = f'{unknown}!'", "'?!'"),
        ("p = 'a'\nx = f'{p!s}'", "'a'"),
        ("p = 'a'\nx = f'{p:>10}'", "'a'"),
        ("import os\nx = f\"{os.getenv('A'):>10}\"", "'?'"),
        ("p = 'a'\nx = f'{p=}'", "'a'"),
        ("x = f'{f\"{1}\"}'", "'1'"),
        ("class C:\n    host = 'h'\nx = f'{C.host}/{C().host}'", "'h/h'"),
        ("d = {'k': 'v'}\nx = f\"{d['k']}\"", "'v'"),
    ]);
}

#[test]
fn percent_formats_take_tuples_mappings_and_single_values() {
    check(&[
        ("x = 'a%sb' % 'c'", "'acb'"),
        ("x = '%s:%s' % ('a', 'b')", "'a:b'"),
        ("x = '%(u)s:%(p)s' % {'u': 'a', 'p': 'b'}", "'a:b'"),
        ("x = '%d%%' % 5", "'5%'"),
        ("x = '%s:%s' % (unknown, 'b')", "'?:b'"),
        ("x = '%s:%s' % unknown()", "'?:?'"),
        ("x = '%(u)s' % {**unknown()}", "'?'"),
        ("x = '100%'", "'100%'"),
        ("import os\nx = '%s' % os.environ['A']", "'$A'"),
        ("t = '%s'\nx = t % 1", "'1'"),
        ("x = '%s' % ('a', 'b')", "'a'"),
        ("x = 5 % 2", "?"),
    ]);
}

#[test]
fn format_takes_positions_names_attributes_and_keys() {
    check(&[
        ("x = '{}:{}'.format('a', 'b')", "'a:b'"),
        ("x = '{1}:{0}'.format('a', 'b')", "'b:a'"),
        ("x = '{u}:{p}'.format(u='a', p='b')", "'a:b'"),
        ("x = '{c.host}'.format(c=C)\nclass C:\n    host = 'h'", "'h'"),
        ("x = '{0[k]}'.format({'k': 'v'})", "'v'"),
        ("x = '{{{}}}'.format(1)", "'{1}'"),
        ("d = {'u': 'a'}\nx = '{u}'.format(**d)", "'a'"),
        ("x = '{u}'.format_map({'u': 'a'})", "'a'"),
        ("x = '{missing}'.format(u='a')", "'?'"),
        ("x = '{!r}'.format('a')", "'a'"),
        ("x = '{:>5}|{:d}'.format('a', 7)", "'a|7'"),
        ("import os\nx = '{}'.format(os.environ['A'])", "'$A'"),
        ("t = 'a{}'\nx = t.format('b')", "'ab'"),
        ("x = '{'.format(1)", "'{'"),
    ]);
}

#[test]
fn joins_and_text_methods_keep_the_parts() {
    check(&[
        ("x = ','.join(['a', 'b'])", "'a,b'"),
        ("x = ''.join(('redis://', 'h'))", "'redis://h'"),
        ("x = ';'.join(h for h in ['a', 'b'])", "'a;b'"),
        ("x = ';'.join(f'{h}:1' for h in ['a', 'b'])", "'a:1;b:1'"),
        ("x = ','.join(unknown())", "?"),
        ("x = ','.join(['a', *unknown()])", "'a?'"),
        ("x = 'a-b'.replace('-', '+')", "'a+b'"),
        ("x = ' a '.strip()", "'a'"),
        ("x = 'redis://h/'.rstrip('/')", "'redis://h'"),
        ("x = 'aBc'.lower()", "'abc'"),
        ("x = 'aBc'.upper()", "'ABC'"),
        ("x = 'a,b'.split(',')", "['a', 'b']"),
        ("x = 'a b'.split()[1]", "'b'"),
        ("x = 'a'.encode().decode()", "'a'"),
        ("x = 'a'.zfill(3)", "?"),
        ("from string import Template\nx = Template('$a-${b}').substitute(a='1', b='2')", "'1-2'"),
        ("x = 'abc'[0]", "?"),
        ("x = 'abc'[1:]", "?"),
    ]);
}

#[test]
fn quoting_and_url_builders_show_the_parts() {
    check(&[
        ("from urllib.parse import quote\nx = quote('pw')", "'pw'"),
        ("import urllib.parse\nx = urllib.parse.quote_plus('pw', safe='')", "'pw'"),
        ("from urllib.parse import quote as q\nx = f\"redis://:{q('pw')}@h\"", "'redis://:pw@h'"),
        (
            "from sqlalchemy import URL\nx = URL.create('mysql', username='u', password='p', host='h', port=1, database='d')",
            "'mysql://u:p@h:1/d'",
        ),
        ("from sqlalchemy.engine.url import URL\nx = str(URL('mysql', username='u', host='h'))", "'mysql://u@h'"),
        ("from yarl import URL\nx = URL.build(scheme='redis', host='h', password='p')", "'redis://:p@h'"),
        ("from yarl import URL\nx = str(URL('redis://h').with_password('p'))", "'redis://:p@h'"),
        ("from pydantic import RedisDsn\nx = RedisDsn.build(scheme='redis', host='h', path='0')", "'redis://h/0'"),
        ("from pydantic import SecretStr\nx = SecretStr('pw').get_secret_value()", "'pw'"),
        ("from kombu.utils.url import as_url\nx = as_url('amqp', host='h', user='u', password='p')", "'amqp://u:p@h'"),
    ]);
}

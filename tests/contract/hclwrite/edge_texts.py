"""Edge cases for the judge of `flagstaff fmt`: each value in all its places, and whole files."""

from __future__ import annotations

# Each is a value: it is tried on a line of its own, among others, in brackets and in a template.
VALUES = (
    "1", "-1", "- 1", "--1", "! x", "!x", "!!x", "-x", "1-1", "1 -1", "1- 1", "1 - -1", "x -y", "x-y", "x - y",
    "a+b*c/d%e", "a  ==  b", "a!=b", "a<b", "a<=b", "a>b", "a>=b", "a&&b||!c", "a?b:c", "a ?-1:- 1", "(a)",
    "( a )", "(-a)", "( - a )", "[]", "[ ]", "[1,2,3]", "[ 1 , 2 , 3 , ]", "[1,]", "[-1,- 2]", "{}", "{ }",
    "{a=1}", "{a:1}", "{ a = 1, b=2 }", "{a=1,b:2,}", '{"a"=1}', "{(a)=1}", "{ (a.b) : -1 }", "{a={b={}}}",
    "[{a=1},{b=2}]", "[[1],[2]]", "[ [ ] , { } ]", "f()", "f( )", "f (x)", "f(x,y...)", "f( x , y ... )", "f(-1)",
    "f(g(h(1)))", "f([1])", "f({a=1})", "a.b.c", "a . b . c", "a.0", "a.0.b", "a[0]", "a [0]", "a[ 0 ]", 'a["b"]',
    'a[ "b" ].c', "a[b[c]]", "a[-1]", "a[0][1]", "a [0] [1]", "f(x)[0]", "f(x) [0]", "(x)[0]", "[1][0]", "{a=1}.a",
    '{a=1}["a"]', "a.*.b", "a[*].b", "a[ * ].b", "a [*]", "a[*][*]", "a.* . b", "[for x in y:x]",
    "[ for x in y : x ]", "[for x in[1]:x]", "[for k,v in m:k]", "{for k,v in m:k=>v}",
    "{ for k , v in m : k => v... if v>1 }", "{for k,v in m:k=>-1}", "[for x in y:-x if !x]",
    "[for x in f(y):x[0]]", "[for x in -y : x]", "{for x in (y):(x)=>[x]}", '""', '"a"', '"a b  c"', '" a "',
    r'"\"a\""', r'"\\"', r'"\u00e9\n"', '"${a}"', '"${ a }"', '"${a}b"', '"a${ b }c"', '"${a}${b}"',
    '"${ a } ${ b }"', '"a ${b+c} d"', '"${f("${x}")}"', '"${ f( "${ x }" ) }"', '"${{a=1}.a}"', '"${ {} }"',
    '"${[1][0]}"', '"${~ a ~}"', '"${~a~} b"', '"$${a}"', '"%%{a}"', '"$"', '"%"', '"100%"', '"$a"', '"a$"',
    '"$$"', '"$$${a}"', '"%{if a}b%{else}c%{endif}"', '"%{ if a }b%{ endif }"', '"%{~ if a ~}b%{~ endif ~}"',
    '"%{for x in y}${x}%{endfor}"', '"${-1}"', '"${- a}"', '"${!a}"', '"${a?b:c}"', '"${a ? "b" : "c"}"', '"é"',
    '"日本"', '"👩‍👩‍👧‍👦"', '"🇩🇪🇫🇷"', '"e\u0301"', '"\u0301"', '"👍🏽"', '"각"', '"#"', '"//"', '"/* */"',
    '"="', '"{"', "été", "名.a", "1.5e3", "1e-3", "0.1", "true", "null", "in", "for", "if(x)", "a /* c */ + b",
    "/* c */ a", "a /* c */", "[/* c */1]", "[1/* c */,2]", "f(/* c */)", "a/* c */.b", "a-/* c */b", "/* é */ a",
    "/**/ 1",
)  # fmt: skip

# Values that go over several lines, as the end of an attribute.
LONG = (
    "[\n1,\n2,\n]", "[\n1,\n  2\n  ]", "[1,\n2]", "[\n\n\n1,\n\n]", "[ # c\n1,# one\n22,  # two\n]",
    "[\n# c\n1,\n// d\n2\n/* e */\n]", "{\na=1\nbcd=2\n}", "{\na = 1,\nbcd : 2\n}", '{\n"a"=1\n(b)=2\nccc=3\n}',
    "{\na={\nb=1\n}\nccc=2\n}", "{ a=1\nbc=2 }", "{\na=1 # x\nbcd=22 # y\n# z\ne=3 # w\n}", "{\na=[\n1]\nbb=2\n}",
    "f(\na,\nb\n)", "f(a,\nb)", "f([\n1,\n])", "f([{\na=1\n}])", "f({\na=1\nbb=2\n},\nc)", "(\na\n)", "(a\n+b)",
    "(\na ?\nb\n: c\n)", "[for x in y:\nx\nif x]", "[\nfor x in y : x\n]", "{for k,v in m:\nk=>v\n}",
    "[[\n1],[\n2]]", "[[\n1\n],\n[\n2\n]]", "[[[\n1\n]]]", "[{\na=1},{\nb=2}]", "[\n{a=1},\n{bb=2}\n]",
    '"${\na\n}"', '"${ f(\na\n) }"', '"${[\n1\n][0]} b"', '"a ${\n# c\nb}"', "<<E\nE", "<<E\na\nE",
    "<<E\n  a\n\n b\nE", "<<-E\n  a\n    b\n  E", "<<E\n${a}\nE", "<<E\n ${ a+b } c ${d}\nE",
    "<<-E\n  %{ if a }\n  b\n  %{endif}\n  E", "<<E\n${f(\na\n)}\nE", "<<E\n%{for x in y~}\n${x}\n%{endfor~}\nE",
    "<<E\n$${a} %%{b} $ % $$ 100%\nE", "<<E\na\n  E", "<<E\na\nE \t", "<<E\n${<<F\nb\nF\n}\nE", "f(<<E\na\nE\n)",
    "f(<<E\na\nE\n,b)", "[<<E\na\nE\n,\n<<-F\nb\nF\n]", "<<E_1-x\na\nE_1-x", "{\na=<<E\nx\nE\nbcd=1\n}",
    "<<E\né 日本 👩‍👩‍👧‍👦\nE", "<<E\n# no comment\n/* none */\nE", '<<E\n"\nE', "<<E\n{[(\nE",
    "a /* 1\n2 */ + b", "[/* 1\n2 */\n3]", "/* 1\n 2 */ 3",
)  # fmt: skip

# Whole files.
FILES = (
    "", "\n", "\n\n\n", " ", "  \t ", "\t\n", " \n \n", "# c", "# c\n", "  # c\n", "// c", "/* c */", "/* c */\n",
    "/* a\n b */\n", "  /* a\n b */ \n", "#", "#\n", "a=1", "a=1  ", "a=1\t", "  a=1\n", "\ta\t=\t1\t\n", "a=1#c",
    "a=1 # c", "a=1 /* c */", "a=1 /* c */\n", "a = 1 /* c */ # d\nbb=22 # e\n", "\ufeffa=1\n", "\ufeff\na=1",
    "a=1\r\nbb=2\r\n", "a=1 # c\r\nbb=2 # d\r\n", "\r\n\r\n", "a=[\r\n1,\r\n]\r\n", "a=<<E\r\nb\r\nE\r\n",
    "/* a\r\nb */\r\n", "b{}", "b {}\n", "b{ }\n", "b {\n}\n", "b {\n\n}\n", "b {\n\n\na=1\n\n\n}\n", 'b "l"{}\n',
    'b   "l"   "m"   {}\n', "b l {}\n", "b l m{}\n", 'b "l" m {\na=1\n}\n', "b{a=1}\n", "b { a=1 }\n",
    'b "l"{a="x"}\n', "b {\nc {\nd {\na=1\n}\n}\n}\n", "b {\n      c {\n a=1\n  }\n}\n", "b {\nc {}\nd{}\n}\n",
    "b {\na=1\nbb=2\n\nccc=3\n}\n", "a=1\nbb=2\nccc=3\n", "a=1\nbb=2\n\nccc=3\n", "a=1\n# c\nbb=2\n",
    "a=1\nb {}\nccc=3\n", "a=1\nb=[\n1\n]\ncc=3\n", "a=1\nb=<<E\nx\nE\nccc=3\n",
    "a=1 # x\nbb=2 # y\nccc=3\ndddd=4 # z\n", "a=1 # x\n# y\nbb=2 # z\n", "a=1 # x\n\nbb=2 # z\n",
    "a=[ # x\n1, # y\n22 # z\n] # w\n", "b { # x\na=1 # y\n} # z\n", "b {} # x\ncc{} # y\n",
    "a = 1 // x\nbb = 2 // y\n", "é=1\nab=2\n", "rhésus=1\nabcde=straße.inxé\n", "日本=1\na=2\n",
    'a="é" # x\nb="e\u0301" # y\nc="ab" # z\n',
    'a="👩‍👩‍👧‍👦" # x\nb="👍🏽" # y\nc="🇩🇪🇫🇷" # z\nd="a" # w\n', 'a="\u0301" # x\nb="" # y\n',
    'a="각" # x\nb="각" # y\nc="x" # z\n', 'a="x\u200dy" # x\nb="❤️" # y\nc="#️⃣" # z\n', "a=1 # é\nb=22 # 日本\n",
    "/* é */ a=1 # x\nb=2 # y\n", "a /* é */ = 1\nbcd=2\n", "a/* 1\n2 */=1\nbcd=2\n",
    "a=/* 1\n2 */1 # x\nbcd=2 # y\n", "a={b=1}\ncc={d=2}\n", "a = [1,\n2]\nbb = 3\n", "a=b==c\nbb=d!=e\n",
    "a={\nb=c==d\neee=f\n}\n", "a={\n(b==c)=1\nd=2\n}\n", "a=[\n{\nb=1\n},{\nc=2\n}\n]\n", "a=f({\nb=1\n})\n",
    "a=f([{\nb=1\n},{\nc=1\n}])\n", "a=[[\n[1],\n]\n]\n", "a=[[[\n1]\n]\n]\nb=1\n", "a=(\n(1))\nb=1\n",
    "b {\na=[[\n1\n]]\n}\nc=1\n", "b {\na=f(\n1)\n}\n",
    'toggle "a" {\nkey="x"\npercentage=5 # now\nrequires {\ntoggles=[toggle.b]\nreason="y"\n}\n}\n',
    'variable "x" {\ntype=number\ndefault=5\n}\n', 'variable "x" { type=string }\n',
    "a = {\n# c\n  # d\n\n\n# e\n}\n", "b {\n# c\n\n    # d\n}\n# e\n", "b {\n/* c */\n/* d\ne */\na=1\n}\n",
    "b {\n/* c */ a=1\n}\n", "a=1\n\n\n\n\nb=2\n\n\n", "b {\r\n  a=1\r\n  bb=2 # c\r\n}\r\n", "a=1\r\nbb=2\n",
    "a = 1    \nb = 2\t\n", "a = [ \n 1 , \n ] \n", 'a = "x" \n', "a = <<E \nx\nE\n", "a=1 #c\tx\n",
    "\ta = [\n\t\t1,\n\t]\n", "b {\n\ta\t= 1\n\tbb = 2\n}\n", 'a="\tx\t"\nb=1 # c\n', "b /* c */ {}\n",
    'b /* c */ "l" /* d */ {}\n', "b { /* c */ }\n", "b { /* c */ a=1 }\n", "b { a=1 /* c */ }\n", "b { # c\n}\n",
    "b {\na=1 }\n", "a.b=1\n", "a=\n1\n", "a=1 b=2\n", "}\n", "a=(\n", '"a"=1\n',
)  # fmt: skip


def edges() -> list[str]:
    """Every value in its places, every long one at the two places that it can have, and the files."""
    found = list(FILES)
    for value in VALUES:
        found.append(f"a={value}\nbcd = {value} # c\nef =1 // d\n")
        found.append(f'b "l" {{\n  list=[{value},\n{value}]\n  m={{k={value}}}\n t="x ${{{value}}} y"\n}}\n')
    for value in LONG:
        found.append(f"a=1\nbcd={value}\nef=2\n")
        found.append(f'b "l" {{\n    a=1 # x\nbcd   =   {value}\n  ef=2 # y\n}}\n')
    return list(dict.fromkeys(found))

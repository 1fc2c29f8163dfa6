from flagstaff.language.chunks import squeeze, wrap


def test_pieces_of_the_same_form_are_the_same_text():
    one, two = 'toggle "xxx" {\n  key  = 5\n\n  a = true\n}', 'tgl "x" {\n key = 1.5e3\n b = true\n}'
    assert squeeze(one, 0, len(one)).text == squeeze(two, 0, len(two)).text == 'Q "Q" {\nQ = 1\nQ = true\n}'


def test_every_place_leads_back():
    text = "# \nab  = for12 + for"
    chunk = squeeze(text, 3, len(text))
    assert chunk.text == "Q = Q + for"
    back = [text[chunk.start(at) : chunk.end(at + 1)] for at in range(len(chunk.text))]
    assert back == ["ab", "  ", "=", " ", "for12", " ", "+", " ", "f", "o", "r"]
    assert chunk.start(len(chunk.text)) == len(text)


def test_a_lone_expression_is_wrapped():
    chunk = wrap(squeeze("x + 1", 0, 5))
    assert chunk.text == "Q=(Q + 1)"
    assert (chunk.start(3), chunk.end(8), chunk.start(9)) == (0, 5, 5)

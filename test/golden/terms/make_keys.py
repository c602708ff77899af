"""Writes keys.json: what Python makes of many strings, as truth for model/terms/key.ts.

    python3 test/golden/terms/make_keys.py > test/golden/terms/keys.json

Python 3.11 knows Unicode 14; all is drawn from characters assigned there, whose folding and normal forms never change.
"""
import json
import random
import sys
import unicodedata


def key(text):
    return unicodedata.normalize('NFKC', unicodedata.normalize('NFKC', text).casefold())


assigned = [
    chr(code)
    for code in range(0x110000)
    if not 0xD800 <= code <= 0xDFFF and unicodedata.category(chr(code)) not in ('Cn', 'Cs', 'Co')
]
changed = [c for c in assigned if key(c) != c]

rng = random.Random(20261116)
marks = [c for c in assigned if unicodedata.category(c).startswith('M')]
letters = [c for c in assigned if unicodedata.category(c).startswith('L')]
samples = ['Straße', 'STRASSE', 'ΌΔΟΣ', 'όδος', 'İstanbul', 'ıstanbul', 'ISTANBUL', 'ﬁsh', 'ＣＡＦÉ', 'Ꭰꭰ', 'ẞ', 'Ǆ', 'ᾳͅ']
for _ in range(600):
    pool = rng.choice([changed, letters, changed + marks])
    samples.append(''.join(rng.choice(pool) for _ in range(rng.randint(1, 6))))

json.dump(
    {
        'unicode': unicodedata.unidata_version,
        'samples': [[s, key(s)] for s in samples],
    },
    sys.stdout,
    ensure_ascii=True,
    indent=None,
    separators=(',', ':'),
)
print()

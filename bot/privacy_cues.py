"""The words around people's names, in English and Spanish: what announces one, what follows one, what shows that it is none."""

from __future__ import annotations

import re

KIN = (r"(?:mom|mommy|mother|mum|mama|dad|daddy|father|papa|son|daughter|wife|husband|hubby|spouse|brother|sister|friend|boyfriend|girlfriend|bf|gf|partner|"
        r"aunt|auntie|uncle|grandma|grandmother|grandpa|grandfather|grandson|granddaughter|nana|child|kid|boy|girl|baby|toddler|cousin|niece|nephew|neighbor|"
        r"coworker|colleague|boss|caregiver|aide|fianc[eé]e?|roommate|twins?|(?:step|mother|father|sister|brother|son|daughter)[- ]?(?:in[- ]law|son|daughter|mom|dad)|"
        r"emergency contact|client|patient|pt|student|"
        r"mam[aá]|mami|madre|pap[aá]|papi|padre|hij[oa]|hijit[oa]|ni[nñ][oa]|bebé|espos[oa]|marido|mujer|herman[oa]|amig[oa]|abuel(?:it)?[oa]|t[ií][oa]|prim[oa]|"
        r"suegr[oa]|yerno|nuera|cu[nñ]ad[oa]|sobrin[oa]|niet[oa]|novi[oa]|pareja|jefe|vecin[oa]|compa[nñ]er[oa]|se[nñ]ora?|paciente|contacto de emergencia)(?:[- ]in[- ]law)?")  # fmt: skip
BE = r"(?:'?s|\b ?(?:is|was|es|era|are|son|should be|should say|should read|says|reads|would be|will be|ser[ií]a|is spelled|spelled|spelt|goes by|named|called|llamad[oa]|de nombre|se llama))?"
#: After these stands a name, capital letters or not.
SURE = re.compile(
    rf"\b(?:(?:sur|nick|user)?name{BE}(?: on (?:the |my |file|record)?(?:card|account|file|insurance|chart|appointment|record)?{BE})?"
    r"|nombres?(?: completo| y apellido| legal| del paciente| de la paciente)?(?: es| era| ser[ií]a)?|apellidos?(?: es| son)?|"
    r"(?:me|se|te) llam(?:o|a|an|aba)|ll[aá]m[ae]n?me|d[ií]g[ae]n?me|me dicen|me conocen (?:como|por)|a nombre de|en el id sale|"
    r"(?:every(?:one|body) |they |people |u |you )?(?:can )?calls? me|go(?:es)? by|known as|signed(?: by)?|atentamente|atte|firma(?:do)?|(?:it'?s|its) actually|"
    r"(?:under|(?:have|had|got|put|book|list|add|register) (?:me|us|him|her|it|them)(?: down)?(?: as| for| under)?|down as|listed as|registered as|booked as)(?: the)?(?: name)?(?: of)?)"
    r"(?![\w])[ ,:=\-–—\"“'(]{1,4}|\b(?:(?:patient|pt|paciente|client|cliente|contact|emergency contact)(?: nuev[oa]| new| name)?|first|last|given|family|pt name|from|de) ?[:=] ?"
)
#: After these a name may stand: it must look like one.
LIKELY = re.compile(
    rf"\b(?:i['’]?m|i am|this is|(?:it(?:['’]?s| is) me|soy yo|cancel|resched(?:ule)?|confirm|cancelar|let)(?: for)?|(?:it|that|he|she)['’]?s|(?:it|he|she|that) is|soy|somos|fui|habla|le habla|les habla|te habla|(?:le|les|te) (?:escribe|saluda|llama)|aqu[ií]|ac[aá]|"
    rf"ask(?:ing|ed)? for|(?:speak|spoke|talk|talked|speaking|talking) (?:to|with)|hablar con|habl[eé] con|pregunt[ea]n? por|(?:scheduled|booked|appointment|appt|session|visit|cita|turno|hora|reserva|booking|book|calling|here|writing|asking|inquiring) (?:for|with|about|para|de|con)|"
    rf"(?:on )?behalf of|de parte de|es para|es|para|for|from|de|is for|about|tell|text|contact|meet|see|saw|regarding|"
    rf"(?:{KIN}){BE}|signed|(?:best|kind|warm|many)? ?(?:regards|wishes)|sincerely|respectfully|cordially|yours(?: truly)?|cheers|best|love|xoxo|thanks?(?: you)?(?: so much| a lot| again| in advance)?|thx|tks|ty|tia|"
    rf"(?:muchas |mil )?gracias|saludos(?: cordiales)?|cordialmente|bendiciones|un abrazo|try|miss|mrs|mr|ms|sra?|srta|do[nñ]a|don)"
    r"(?![\w])\.?[ ,:!.\-–—\n(\"]{1,4}"
)
WEAK_CUES = re.compile(
    r"(?:for|from|de|para|about|tell|text|contact|meet|see|saw|regarding|try|best|love|fui|somos|ac[aá]|es)\W*"
)
PLACE_CUE = re.compile(r"(?:from|de|somos|fui|best|love|try)\W*")
KIN_CUE = re.compile(rf"(?:\b(?:{KIN}){BE}|\b(?:mrs|mr|ms|srta|do[nñ]a))\W*$")
THANKS = re.compile(
    r"(?:thank\w*|thx|tks|ty|tia|gracias|saludos|regards|sincerely|cheers|atte|best|xoxo|love|bendiciones|abrazo)\b"
)

WORD = re.compile(r"(?<![\w-])[^\W\d_](?:[\w'’]|-(?=[^\W\d_]))*\.?")
GAP = re.compile(r"[\"”)]?,? [\"“(]?")
TITLES = frozenset(["mr", "mrs", "ms", "miss", "dr", "sr", "sra", "srta", "don", "dona", "señor", "señora"])
PARTICLES = frozenset(
    [
        "de",
        "la",
        "del",
        "los",
        "las",
        "y",
        "e",
        "van",
        "von",
        "der",
        "den",
        "da",
        "di",
        "dos",
        "das",
        "du",
        "le",
        "la",
        "st",
        "san",
        "santa",
        "bin",
        "ibn",
        "al",
        "el",
        "ter",
        "ten",
        "mac",
        "mc",
    ]
)
#: Words with a capital that follow a name without being part of it.
AFTER = frozenset(
    ["i", "im", "ive", "my", "me", "we", "you", "he", "she", "it", "and", "or", "but", "the", "a", "an", "is", "in", "on", "at", "to", "for", "from", "of", "with", "can", "could", "do", "does", "what", "when", "where", "how", "why", "please", "thanks", "thank", "hi", "hello", "dob", "ssn", "mrn", "id", "phone", "cell", "tel", "email", "apt", "nj", "ny", "new", "born", "age", "and", "here", "calling", "need", "want", "appointment", "jr", "sr", "ii", "iii", "yo", "mi", "me", "te", "se", "el", "un", "una", "y", "o", "pero", "con", "por", "para", "que", "quiero", "necesito", "tengo", "cita", "telefono", "celular", "correo", "nacido", "nacida", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december", "medicare", "medicaid", "aetna", "cigna", "horizon", "visa", "mastercard", "amex"]
)  # fmt: skip
SUFFIXES = frozenset(("jr", "sr", "ii", "iii", "iv"))
PLACES = re.compile(
    r"[ -](?:st|street|ave|avenue|blvd|boulevard|rd|road|dr|drive|ln|lane|ct|court|pl|place|pkwy|parkway|plaza|square|bridge|park|station|terminal|"
    r"tunnel|memorial|cyst|neuroma|palsy|tendon|splints?|horse|day|taping|tape|lymphoma|law|act|bowl|marathon|hospital|medical|clinic|center|centre|university|college|school|institute|church|mall|gym|pharmacy|method|technique|exercises?|syndrome|disease|test|"
    r"county|township|heights|beach|airport|library|rehab|health|healthcare|insurance|bank|stadium|arena|high|elementary)\b"
)
TITLE = re.compile(r"\b(?:mrs?|ms|miss|sra?|srta|se[nñ]or(?:a|ita)?|do[nñ]a|don)\.? $")
IN_PLACES = frozenset(
    [
        "st",
        "street",
        "ave",
        "avenue",
        "blvd",
        "boulevard",
        "rd",
        "road",
        "pkwy",
        "parkway",
        "hospital",
        "clinic",
        "center",
        "university",
        "college",
        "school",
        "station",
        "turnpike",
        "highway",
        "disease",
        "syndrome",
        "fever",
        "method",
        "technique",
        "fungoides",
        "hicks",
        "norte",
        "sur",
    ]
)
FINE = re.compile(r"(?<![\w'’-])([^\W\d_][\w'’-]+) (?:is fine|is ok(?:ay)?\b|for short|works too|est[aá] bien)")
STRONG_END = re.compile(
    r"\s*(?:$|[-–—|(/\n]|, ?\d|:? \d|[,.;:]? ?(?:here|calling|speaking|checking|again|texting|writing|aqu[ií]|al habla|de nuevo|otra vez|llamando|escribiendo|dob|d\.o\.b|born|nacid[oa]|"
    r"tel|phone|ph|cell|cel|celular|mrn|age|aged|email|correo|ssn|medicare|medicaid|member|patient|paciente|de \d+ a[nñ]os)\b)"
)
HERE = re.compile(
    r" (?:here|calling|speaking|again|aqu[ií]|al habla|de nuevo|otra vez|la de|el de|la del|el del|from|de|dob|and)\b|\s*$|[,.!] "
)
AGAIN = re.compile(r" (?:here|again|speaking|calling|aqu[ií]|otra vez|de nuevo)\b")
SPEAKS = re.compile(r",? (?:here|calling|speaking|texting|writing|al habla|llamando|escribiendo)\b")
START = re.compile(
    r"(?:^|\n|(?:^|[\s,])(?:hi|hello|hey|hola|buenas|buenos d[ií]as|buenas tardes|good (?:morning|afternoon|evening)|dear [a-z]{2,12}|estimad[oa]s?(?: \w+)?|ok|yes|s[ií])[ ,.!:]+)"
)
SIGN_OFF = re.compile(r"(?:[-–—~\n]|[.,!?…)] ) ?(?=([^\W\d_][\w'’.-]*(?: [^\W\d_][\w'’.-]*){0,3})\s*$)")
PAIR = re.compile(r"(?<![\w.'’@/-])[^\W\d_]['’\w-]+(?= [^\W\d_])")
NO_PERSON = re.compile(
    r"(?:\bdra?\.?|\bdoctora?|\bsaint|\bst\.?|\bsan|\bsanta|\bcalle|\bavenida|\bmount|\bmt\.?|\bfort|\bcoach|\d) $"
)
AROUND = re.compile(r"(?<![\w-])[^\W\d_][\w.'’-]* $")
SELF = re.compile(r"\b(?:i['’]?m|i am|this is|it['’]?s|me|soy|habla|yo|saluda|escribe)\W*$")
ENDS = re.compile(
    r"\s*$|[,.!;\n-]| (?:here|calling|speaking|again|and|from|de|la|el|y|i|my|con|otra|from|with|the|dob|booked|in|at|for|para|llamando|tengo|necesito|quiero|need|have)\b"
)
DOES = re.compile(
    r"\s*$|[,.!;(\n-]|['’]s\b| (?:is|has|had|needs?|hurt|was|can|cannot|cant|can't|who|aged?|and|will|would|wants?|fell|got|does|tiene|necesita|le|se|va|y|quiere|est[aá]|no|que|\d)\b"
)
WORDLIKE = re.compile(
    r"(?:ing|in'|ed|ous|ful|less|able|ible|tion|ness|ly|tic|ment|ive|iest|ier|ada|ado|idos?|idas?|ando|endo|os[ao]s?|ic[ao]s?|antes?|entes?|mente|ci[oó]n|dor|dora|ist|ism|itis|osis|algia|pathy|[^aeiouyáéíóúh]{4})$"
)
LOOKED = 4000  # characters looked at for names that nothing announces

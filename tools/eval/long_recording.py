# SPDX-License-Identifier: GPL-3.0-or-later
"""An hour of a made-up town radio: ten parts on different subjects, a fact in each, filler around.

The filler is put together from pieces by a seeded generator, so no line repeats. Each fact has a
question that uses its words, one that avoids them, and one in Chinese.
"""
import random

# name, words by which a summary names the part, subjects, what they do, circumstances, fact,
# (question, paraphrase, question in Chinese), expected in the answer.
PARTS = [
    ("bridge", r"bridge",
     ["the old stone bridge", "the steel railing on the bridge", "the eastern pier of the bridge",
      "the road across the bridge", "the pavement on the bridge", "the engineers at the bridge"],
     ["needs a careful look before the winter", "has carried far more lorries than planned",
      "was painted green by volunteers long ago", "shakes a little when the buses come",
      "will get new lamps along both sides", "was closed for two nights last month",
      "worries the people who live beneath it"],
     ["because salt and water eat into the joints", "as every driver in the valley has noticed",
      "although the council would rather wait",
      "and the plans hang in the town hall for all to see",
      "which the traffic office confirmed yesterday"],
     "The full repair of the bridge will cost four hundred and twenty thousand euros.",
     ("How much will the repair of the bridge cost?",
      "What is the price of fixing the river crossing?", "修橋要花多少錢?"),
     r"420|four hundred|42 ?萬|四十二萬|四十二万|四百二十"),
    ("school library", r"librar|school|book",
     ["the school library", "the head teacher", "the shelves in the reading room",
      "the pupils of the sixth class", "the parents' association", "the librarian"],
     ["has run out of room for new books", "asks everyone to return borrowed novels",
      "wants comfortable chairs instead of hard benches", "reads aloud to the youngest on Mondays",
      "keeps a list of the most wanted titles", "sorted thousands of volumes by hand",
      "found letters between the pages of an atlas"],
     ["since many families moved into the district", "with help from a retired printer",
      "so that children find stories more easily", "even though the heating often fails",
      "and nobody complains about the noise any more"],
     "Professor Adelina Brandt gave the school library three hundred comic books as a present.",
     ("Who gave comic books to the school library?",
      "Which person donated illustrated stories to the pupils?", "誰送了漫畫書給學校圖書館?"),
     r"brandt|adelina|布蘭特|布兰特|布蘭德|阿德"),
    ("bakery", r"baker|bread",
     ["the bakery at the market square", "the young baker", "the sourdough", "the brick oven",
      "the queue outside the bakery", "the flour from the mill"],
     ["starts work at two in the morning", "smells of caraway and toasted rye",
      "rests for a whole day before it is shaped", "was bought from a monastery",
      "sells out of rolls before nine", "won praise from a strict newspaper critic",
      "tastes different when the weather is damp"],
     ["because slow dough keeps fresh for longer", "as her grandmother taught her",
      "while the rest of the street is still asleep", "and the crust sings as it cools",
      "despite the price of butter"],
     "From next week on the bakery is closed on Tuesdays.",
     ("On which day is the bakery closed?", "When can I not buy fresh loaves from next week on?",
      "麵包店星期幾休息?"),
     r"tuesday|星期二|週二|周二|礼拜二|禮拜二"),
    ("beekeeping", r"bee|honey|hive",
     ["the beekeeper", "the hive behind the orchard", "the honey from the lime trees",
      "the queen bee", "a swarm of bees", "the wax"],
     ["must be fed with sugar syrup in autumn", "hangs from a branch like a heavy grape",
      "lays up to two thousand eggs each day", "glows almost red in the evening sun",
      "suffers from mites in warm winters", "is inspected wearing a veil and gloves",
      "finds lavender from miles away"],
     ["if the nights grow cold too early", "although beginners are often afraid of that",
      "which scientists still do not fully understand", "as long as nobody moves suddenly",
      "and the neighbours get a jar for their patience"],
     "The beekeeper counted exactly fifty seven hives on the southern meadow.",
     ("How many hives did the beekeeper count?",
      "What number of homes for honey makers stands in the south?", "養蜂人數到了幾個蜂箱?"),
     r"57|fifty.seven|五十七"),
    ("football club", r"football|soccer|match|club|team",
     ["the football club", "the goalkeeper", "the new trainer", "the women's team",
      "the pitch by the canal", "the referee"],
     ["trains three evenings a week under floodlights", "missed a penalty in the last minute",
      "hopes to climb into the second league", "was under water after the heavy rain",
      "signed two strikers from the coast", "apologised for a wrong decision",
      "sings on the bus even after a defeat"],
     ["before a record crowd", "with a plaster on his knee",
      "as the fans have dreamed for decades", "and still the mood in the changing room is good",
      "because money for transfers is short"],
     "The captain of the football team, Rosa Lindqvist, broke her left wrist on Friday.",
     ("What did the captain of the football team break?",
      "Which injury does the leader of the players have?", "足球隊隊長哪裡受傷了?"),
     r"wrist|腕"),
    ("railway", r"train|railway|timetable|rail",
     ["the night train", "the railway company", "the platform at the main station",
      "the ticket machine", "the timetable", "the conductor"],
     ["arrives later than the board announces", "accepts neither coins nor old cards",
      "will be lengthened for longer carriages", "changes in the second week of December",
      "helps travellers with heavy suitcases", "stops at every village along the lake",
      "needs forty new drivers by summer"],
     ["owing to work on the signals", "as commuters have complained for months",
      "unless snow blocks the pass again", "and the first class is nearly always empty",
      "according to a spokeswoman in the capital"],
     "The early train to Westhaven now leaves at five forty from platform nine.",
     ("From which platform does the early train to Westhaven leave?",
      "Where in the station must I wait for the morning connection to Westhaven?",
      "去 Westhaven 的早班火車從第幾月台出發?"),
     r"\b9\b|nine|九|9"),
    ("museum", r"museum|exhibition|painting|\bart\b",
     ["the museum", "the exhibition of sea paintings", "the curator", "a restored portrait",
      "the gallery on the upper floor", "the sculptor"],
     ["opens its doors free of charge on Sundays", "shows ships in storm and moonlight",
      "was hidden in an attic for a century", "explains every picture with great patience",
      "is lit only by candles for one evening", "works with marble from a forgotten quarry",
      "borrowed nine canvases from abroad"],
     ["to attract people who never come otherwise", "under glass as thick as a finger",
      "though experts argue about the date", "and visitors whisper without being asked",
      "until the end of the season"],
     "The oldest painting in the museum was made by Hendrik Vos in sixteen thirty one.",
     ("Who made the oldest painting in the museum?",
      "Which artist created the most ancient picture on show?", "博物館最古老的畫是誰畫的?"),
     r"\bvos\b|hendric?k|沃斯|亨德里克|福斯"),
    ("water supply", r"water|well|pipe|reservoir",
     ["the water works", "the deep well near the forest", "the pumping station",
      "a broken pipe under the high street", "the laboratory", "the reservoir on the hill"],
     ["delivers less than in former summers", "is tested for nitrate twice a month",
      "runs on power from its own turbine", "was dug by hand in eleven weeks",
      "flooded two cellars within an hour", "holds enough for three dry days",
      "must be cleaned by divers"],
     ["after a spring almost without rain", "so gardens may be watered at night only",
      "as the chemist in charge points out", "although the meters show nothing unusual",
      "and a tanker stands ready for emergencies"],
     "Drinking water has to be boiled in the northern quarter until the fourteenth of October.",
     ("Until when does drinking water have to be boiled?",
      "What is the last date on which tap liquid in the north must be heated before use?",
      "飲用水要煮沸到什麼時候?"),
     r"14|fourteenth|十四"),
    ("clinic", r"clinic|doctor|nurse|hospital|patient|health",
     ["the children's clinic", "the night nurse", "the surgeon", "a new X-ray machine",
      "the waiting room", "the pharmacy next door"],
     ["treats more broken arms in the holidays", "plays the guitar for frightened patients",
      "was paid for by a lottery", "has toys and a large aquarium now",
      "checks every prescription a second time", "trains students from three countries",
      "answers the telephone around the clock"],
     ["to shorten the time until help arrives", "which calms worried mothers and fathers",
      "in spite of a shortage of staff", "and the cleaning team deserves thanks too",
      "after months of negotiations with the insurers"],
     "Doctor Emeka Osei becomes the new director of the children's clinic in January.",
     ("Who becomes the new director of the children's clinic?",
      "Which physician will be head of the hospital for the little ones?", "誰將擔任兒童診所的新主任?"),
     r"osei|emeka|奧塞|奥塞|埃梅卡|歐塞"),
    ("mountain hike", r"hik|mountain|walk|trail|alpin",
     ["the hiking club", "the trail to the summit", "the mountain hut", "the guide",
      "the weather on the ridge", "the cable car"],
     ["changes within a quarter of an hour", "serves soup and apple cake to walkers",
      "is marked with red and white stripes", "carries ropes for the steep passage",
      "leads past a glacier and two small lakes", "advises against thin shoes",
      "stands still when the wind blows too hard"],
     ["so start early and turn back in time", "for those who do not fear heights",
      "as several rescued tourists can tell", "and from the top you see three countries",
      "especially in the first days of autumn"],
     "Hikers meet on Saturday at the yellow chapel behind the sawmill.",
     ("Where do hikers meet on Saturday?",
      "At which building does the group gather for its weekend tour?", "登山者星期六在哪裡集合?"),
     r"chapel|教堂|禮拜堂|礼拜堂|小教堂"),
]
QUESTION_KINDS = ("same words", "other words", "Chinese")
OPENINGS = ["", "", "", "", "As far as we know, ", "By the way, ", "You may have heard that ",
            "Several listeners wrote to us that ", "I was told that ", "Let me add that "]


def make_lines(n_lines=400, seed=7):
    """[(part, is_fact, text)], in order; every part opens by saying its subject."""
    rng = random.Random(seed)
    lines = []
    per_part = n_lines // len(PARTS)
    for index, (name, _, subjects, actions, tails, fact, _, _) in enumerate(PARTS):
        combinations = [(s, a, t) for s in subjects for a in actions for t in tails]
        rng.shuffle(combinations)
        part = []
        for subject, action, tail in combinations[:per_part - 2]:
            text = "%s%s %s, %s." % (rng.choice(OPENINGS), subject, action, tail)
            part.append((index, False, text[0].upper() + text[1:]))
        part.insert(rng.randrange(5, len(part) - 5), (index, True, fact))
        lines.append((index, False, "And now to our next subject, the %s." % name))
        lines += part
    return lines


def make_hearing(lines, seconds=3600.0):
    """The JSON of a Hearing of so many seconds that has these lines."""
    length = [len(text) + 12 for _, _, text in lines]
    scale = seconds / sum(length)
    segments, at = [], 0.0
    for (_, _, text), n in zip(lines, length):
        segments.append({"start": round(at, 2), "end": round(at + 0.94 * n * scale, 2),
                         "text": text})
        at += n * scale
    return {"file": "radio.wav", "language": "en", "seconds": seconds, "speakers": [],
            "segments": segments}

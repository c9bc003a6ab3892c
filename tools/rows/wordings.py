# SPDX-License-Identifier: GPL-3.0-or-later
"""How the generated dialogues are worded: lines, questions and answers, English and Chinese.

Lines and questions come in two parts that share no wording: "train", and "unseen", by which the
rows are judged. {line}, {person}, {value} and {text} are filled in by dialogues.py. Chinese is
written in simplified characters; traditional() turns it.
"""

# A line is one of the beginnings with one of the endings: every emotion fits any of them.
LINES = {
    "en": {
        "train": (
            ["My sister", "The man next door", "Our teacher", "Somebody from the office",
             "The girl with the dog", "Uncle Peter", "The new doctor", "Everyone at the station",
             "The driver", "Your brother"],
            ["is coming back on Friday.", "has left the keys on the table.",
             "called about the letter this morning.", "wants to sell the old boat.",
             "was waiting in front of the library.", "will bring the soup to the party.",
             "asked for two tickets to Boston.", "found a red coat under the chair.",
             "painted the kitchen door green.", "goes to the market before breakfast.",
             "told me to meet them at seven.", "has moved to the third floor."],
        ),
        "unseen": (
            ["The pilot", "My neighbour", "Aunt Helen", "The boy from the bakery", "Our guide",
             "The woman on the phone"],
            ["knows where the bridge begins.", "put the blue box in the cellar.",
             "is reading about the harbour again.", "ordered eleven chairs last week.",
             "cannot open the window upstairs.", "has a meeting at half past four.",
             "took the last bus to the lake."],
        ),
    },
    "zh": {
        "train": (
            ["我妹妹", "隔壁的先生", "我们的老师", "办公室的人", "带狗的女孩", "新来的医生", "司机",
             "你哥哥"],
            ["星期五要回来。", "把钥匙放在桌上了。", "今天早上打电话来了。", "想卖掉那条旧船。",
             "在图书馆门口等着。", "要了两张去北京的票。", "把厨房的门刷成了绿色。",
             "早饭前去了市场。", "搬到三楼去了。"],
        ),
        "unseen": (
            ["飞行员", "我的邻居", "面包店的男孩", "我们的导游", "电话里的女士"],
            ["知道桥在哪里。", "把蓝色的箱子放进了地下室。", "上周订了十一把椅子。",
             "打不开楼上的窗户。", "四点半有一个会议。", "坐最后一班车去了湖边。"],
        ),
    },
}

# What a question is about, {line} or {person}.
LINE_REFERENCES = {
    "en": {"train": ["line {n}", 'the line "{text}"', 'the sentence "{text}"'],
           "unseen": ["number {n}", 'the remark "{text}"', "line {n}"]},
    "zh": {"train": ["第{n}行", "“{text}”这句话", "第{n}句"],
           "unseen": ["编号{n}的那行", "“{text}”这几个字", "第{n}行"]},
}
PERSON_REFERENCES = {
    "en": {"train": ["speaker {letter}", 'the person who says "{text}"'],
           "unseen": ["{letter}", 'whoever utters "{text}"']},
    "zh": {"train": ["说话人{letter}", "说“{text}”的人"],
           "unseen": ["{letter}", "讲出“{text}”的那位"]},
}

# Names of the values, as answers have them, and expressions that show one in another's words.
VALUES = {
    "emotion": {
        "neutral": (("neutral", "neutral|calm|no (strong |particular )?emotion"),
                    ("平静", "平静|中性|中立|没有明显")),
        "happy": (("happy", "happ[yi]|joy|cheer|glad"), ("高兴", "高兴|快乐|开心|喜悦|愉快")),
        "sad": (("sad", r"\bsad"), ("悲伤", "悲伤|难过|伤心|悲哀")),
        "angry": (("angry", "angry|anger|furious"), ("生气", "生气|愤怒|恼怒")),
        "fearful": (("fearful", "fear|afraid|scared|frighten"), ("害怕", "害怕|恐惧|惊恐|担心")),
        "surprised": (("surprised", "surpris"), ("惊讶", "惊讶|吃惊|惊奇|意外")),
        "disgusted": (("disgusted", "disgust"), ("厌恶", "厌恶|恶心|反感")),
    },
    "gender": {
        "female": (("female", r"female|\bwoman|\bmr?s\b"), ("女性", "女")),
        "male": (("male", r"\bmale|\bman\b|\bmr\b"), ("男性", "男")),
    },
    "pitch": {
        "low": (("low", r"\b(low|deep)"), ("低", "低")),
        "normal": (("normal", "normal|average|medium|middle|neither"),
                   ("正常", "正常|适中|中等|一般")),
        "high": (("high", r"\bhigh"), ("高", "高")),
    },
    "rate": {
        "low": (("slow", "slow"), ("慢", "慢")),
        "normal": (("of normal speed", "normal|average|medium|moderate|neither"),
                   ("正常", "正常|适中|中等|一般")),
        "high": (("fast", "fast|quick|rapid"), ("快", "快")),
    },
    "loudness": {
        "low": (("quiet", r"quiet|\bsoft|low"), ("很小", "小声|很小|音量小|轻|安静|低|较小|^小")),
        "normal": (("of normal loudness", "normal|average|medium|moderate|neither"),
                   ("正常", "正常|适中|中等|一般")),
        "high": (("loud", r"\bloud(?!ness)|high"), ("很大", "大声|很大|音量大|响|高|较大|^大")),
    },
    "pauses": {
        "low": (("no pauses", r"\b(no|not|none|without|isn't|aren't)\b"), ("没有停顿", "没有|无|不")),
        "high": (("pauses", r"\byes\b|there (are|is) (?!no)|with pauses|does pause"),
                 ("有停顿", "^是|^有|(?<!没)有停顿")),
    },
}

# kind -> language -> questions of each part, and the answer.
QUESTIONS = {
    "emotion of a line": {
        "en": (["How does {line} sound?", "What emotion do you hear in {line}?",
                "Which feeling does the voice of {line} carry?", "What is the emotion of {line}?",
                "In what mood is {line} said?", "With what emotion is {line} spoken?",
                "Tell me which emotion the voice in {line} has."],
               ["Judging by the voice, what was felt while saying {line}?",
                "Please name the sentiment one can hear in the tone of {line}.",
                "I could not listen to {line}: what was the mood of it?",
                "If {line} had to be filed under an emotion, under which?"],
               "{Line} sounds {value}."),
        "zh": (["{line}是用什么情绪说的？", "{line}听起来怎么样？", "{line}的语气是什么情绪？",
                "请说出{line}的情绪。"],
               ["从声音判断，说{line}时心情如何？", "{line}带着哪种感情？"],
               "{line}听起来是{value}的。"),
    },
    "emotion of a person": {
        "en": (["How does {person} feel?", "How does {person} sound, emotionally?",
                "What is the emotion of {person}?", "In what mood is {person}?"],
               ["By the sound of it, what state of mind is {person} in?",
                "What does the tone of {person} reveal about their feelings?"],
               "{Person} sounds {value}."),
        "zh": (["{person}是什么情绪？", "{person}的心情怎么样？"],
               ["听上去{person}的感受如何？", "从语气看，{person}处于什么情绪？"],
               "{person}听起来是{value}的。"),
    },
    "certainty": {
        "en": (["Is the emotion of {line} certain?", "How sure is the emotion of {line}?",
                "Can one be sure what emotion {line} has?"],
               ["Is it clear how {line} is felt, or is that doubtful?",
                "Would you bet on the emotion heard in {line}?"],
               None),
        "zh": (["{line}的情绪确定吗？", "能确定{line}的情绪吗？"],
               ["{line}的情绪有把握吗？", "{line}的情绪判断可靠吗？"],
               None),
    },
    "gender": {
        "en": (["Is {person} a man or a woman?", "What is the gender of {person}?",
                "Which gender does {person} have?", "What gender is the voice of {person}?"],
               ["Does one hear a man or a woman when {person} talks?",
                "Should I write Mr or Ms for {person}, going by the gender of the voice?"],
               "{Person} is {value}."),
        "zh": (["{person}是男是女？", "{person}的性别是什么？"],
               ["{person}是先生还是女士？", "听声音，{person}是男性还是女性？"],
               "{person}是{value}。"),
    },
    "pitch": {
        "en": (["How high is the pitch of {line}?", "What is the pitch of {line}?",
                "Is the voice in {line} high or low?", "What pitch does {line} have?"],
               ["Is {line} spoken in a deep voice, a high one, or in between?",
                "Where does the voice lie in {line}: low, normal, high?"],
               "The pitch of {line} is {value}."),
        "zh": (["{line}的音调高吗？", "{line}的音高怎么样？"],
               ["说{line}时声音是低沉、正常还是高亢？", "{line}的声调是高还是低？"],
               "{line}的音调{value}。"),
    },
    "rate": {
        "en": (["How fast is {line} spoken?", "What is the speed of {line}?",
                "Is {line} said fast or slowly?", "At what rate is {line} spoken?"],
               ["Is somebody in a hurry with {line}, or taking their time over it?",
                "What tempo does the speech have in {line}?"],
               "{Line} is {value}."),
        "zh": (["{line}说得快吗？", "{line}的语速怎么样？"],
               ["说{line}的速度是快还是慢？", "{line}讲得有多快？"],
               "{line}的语速{value}。"),
    },
    "loudness": {
        "en": (["How loud is {line}?", "What is the loudness of {line}?",
                "Is {line} loud or quiet?", "At what volume is {line} said?"],
               ["Is {line} nearly whispered, shouted, or neither?",
                "How strong is the volume of the voice in {line}?"],
               "{Line} is {value}."),
        "zh": (["{line}的音量大吗？", "{line}有多大声？"],
               ["{line}是大声还是小声说的？", "说{line}时声音的大小如何？"],
               "{line}的音量{value}。"),
    },
    "pauses": {
        "en": (["Are there pauses in {line}?", "Is {line} spoken with pauses?"],
               ["Does the speaker stop for a moment within {line}?",
                "Is {line} interrupted by silence?"],
               "{answer}, there are {value} in {line}."),
        "zh": (["{line}里有停顿吗？", "{line}说的时候停顿了吗？"],
               ["{line}中间有没有停下来？"],
               "{answer}，{line}{value}。"),
    },
    "who says": {
        "en": (['Who says "{text}"?', 'Which speaker says "{text}"?', "Who speaks line {n}?"],
               ['From whom do we hear "{text}"?', 'Whose words are "{text}"?'],
               "Speaker {letter} says that."),
        "zh": (["谁说了“{text}”？", "第{n}行是谁说的？"],
               ["“{text}”出自谁的口？", "是哪一位讲了“{text}”？"],
               "是说话人{letter}说的。"),
    },
    "which line": {
        "en": (["Which line sounds {value}?", "Which of the lines is {value}?",
                "What is the number of the line that sounds {value}?"],
               ["Where in the recording does it sound {value}? Give the line.",
                "Find me the one line with a voice that is {value}."],
               "Line {n} sounds {value}."),
        "zh": (["哪一行听起来是{value}的？", "第几行的声音是{value}的？"],
               ["请找出声音{value}的那一行。"],
               "第{n}行听起来是{value}的。"),
    },
    "who sounds": {
        "en": (["Who sounds {value}?", "Which speaker is {value}?",
                "Which of the speakers sounds {value}?"],
               ["Whose voice comes across as {value}?", "Name the one who is heard to be {value}."],
               "Speaker {letter} sounds {value}."),
        "zh": (["谁听起来是{value}的？", "哪个说话人是{value}的？"],
               ["谁的声音显得{value}？"],
               "说话人{letter}听起来是{value}的。"),
    },
    "quote": {
        "en": (["What is said in line {n}?", "Quote line {n} word for word.",
                "What are the exact words of line {n}?"],
               ["Repeat line {n} literally.", "Read line {n} out to me as it stands."],
               'Line {n} says: "{text}"'),
        "zh": (["第{n}行说了什么？", "请逐字引用第{n}行。"],
               ["把第{n}行原样念给我听。"],
               "第{n}行说：“{text}”"),
    },
    "quote by sound": {
        "en": (["What does the {value} voice say?", "What is said in a voice that is {value}?",
                "Quote the line that sounds {value}."],
               ["Which words come out sounding {value}?",
                "Copy the exact words of the line where the voice is {value}."],
               'The {value} voice says: "{text}"'),
        "zh": (["{value}的声音说了什么？", "请引用听起来{value}的那句话。"],
               ["声音{value}的那句话原文是什么？"],
               "{value}的声音说：“{text}”"),
    },
    "yes or no": {
        "en": (["Does {line} sound {value}?", "Is {line} spoken in a {value} voice?"],
               ["Would you call the voice in {line} {value}?",
                "Am I right that {line} is said in a {value} way?"],
               "{answer}, {line} sounds {truth}."),
        "zh": (["{line}听起来是{value}的吗？", "{line}的声音是{value}的吗？"],
               ["说{line}的人语气是不是{value}的？"],
               "{answer}，{line}听起来是{truth}的。"),
    },
    "not told": {
        "en": (["How old is {person}?", "What colour is the shirt of {person}?",
                "Which city was {person} born in?", "What does {person} earn?",
                "What is the phone number of {person}?"],
               ["What did {person} study?", "How tall is {person}?",
                "What is the favourite food of {person}?"],
               "The recording does not say."),
        "zh": (["{person}多大年纪？", "{person}在哪里出生？", "{person}的电话号码是多少？"],
               ["{person}喜欢吃什么？", "{person}有多高？"],
               "录音里没有说。"),
    },
}

ANSWERS = {
    "certain": {"en": "Yes, the emotion of {line} is certain: {value}.",
                "zh": "是的，{line}的情绪是确定的：{value}。"},
    "uncertain": {"en": "No, the emotion of {line} is uncertain, perhaps {value}.",
                  "zh": "不确定，{line}的情绪可能是{value}的。"},
    "uncertain emotion": {"en": "The emotion of {line} is uncertain, perhaps {value}.",
                          "zh": "{line}的情绪不确定，可能是{value}的。"},
    "not told": {"en": "The recording does not say.", "zh": "录音里没有说。"},
}
YES = {"en": "Yes", "zh": "是的"}
NO = {"en": "No", "zh": "不是"}

UNCERTAIN = (r"uncertain|not (\w+ )?(certain|sure|clear)|unsure|unclear|doubtful|perhaps|maybe"
             "|might|不确定|不能确定|没有把握|不可靠|可能|也许")
NOT_TOLD = ("not (say|tell|told|mention|state|specif|provide|give|know|possible|contain|include)"
            "|n't (say|tell|mention|state|specif|provide|give|know|contain)|unknown|cannot|can't"
            "|no (information|mention)|没有|未|不知道|无法|不能|没说|并没|不清楚")

_SIMPLIFIED = ("们办个来带狗医门话条旧图书馆着绿饭场楼飞邻导电师把钥匙卖张刷厨进订会议开户桥蓝"
               "声调听说语气绪确证请出应么样时从断线谁语读这几个编号怎处觉哪种态紧张讶恶恐惧"
               "别对错误问题录没无关过间隔给见边让际双东后当还发后体里颜号码纪岁亲欢该实现总"
               "吗游亚变观认识爱乐伤难惊厌轻响静应较讲约请选择释连续断顿长两万与写车邻点湖")
_TRADITIONAL = ("們辦個來帶狗醫門話條舊圖書館著綠飯場樓飛鄰導電師把鑰匙賣張刷廚進訂會議開戶橋藍"
                "聲調聽說語氣緒確證請出應麼樣時從斷線誰語讀這幾個編號怎處覺哪種態緊張訝惡恐懼"
                "別對錯誤問題錄沒無關過間隔給見邊讓際雙東後當還發後體裡顏號碼紀歲親歡該實現總"
                "嗎遊亞變觀認識愛樂傷難驚厭輕響靜應較講約請選擇釋連續斷頓長兩萬與寫車鄰點湖")
_TO_TRADITIONAL = str.maketrans(_SIMPLIFIED, _TRADITIONAL)
_TO_SIMPLIFIED = str.maketrans(_TRADITIONAL, _SIMPLIFIED)


def traditional(text):
    return text.translate(_TO_TRADITIONAL)


def simplified(text):
    return text.translate(_TO_SIMPLIFIED)

# SPDX-License-Identifier: GPL-3.0-or-later
"""What the words of an answer say: pure functions on text, English and Chinese, either script.

Words count in any inflection that is listed; what is denied ("not angry", 不是生氣) is not said.
"""

import re
import unicodedata

# To simplified, for the characters that the checks and the answers to them use.
SIMPLIFIED = str.maketrans(
    "這說話聲請歲東與為對靜憤氣樂歡傷難過懼驚訝厭惡確無斷講個兩幾國聽見問題開現時間點鐘後當種"
    "誰憂鬱愛們來麼沒關係讓讀給認識談論錄檔蝦條龍門貓鐵鋼鍋麵長傳統屬單複雜龐親顯視頻訊場醫煩"
    "員遠處質並輕緩實應詩書紅黃藍綠馬鳥魚車輪飛彈專業產費買賣據園獅貧窮戰爭護貴舊臨標衛壞嗎詞"
    "語調順違別類辦結構齊準總眾願謝體線級經續維絕絲編緊練終絡織繼綜緣獵師態雙內邊區響較樣將頭"
    "髮廳評計記許設訪證詢該詳誠誤誘課責貼賀賞賢賬購贈趕醜釋鄉鄰釘針鈴銀銅錢錯鎖鏡鬧閱隊陽陰際"
    "隨險隱雞離雲電靈頁頂項須預頓額顏顧風飯飲館馮騙騰驗鬆鬥魯鮮鳴鴨鵝麗齒輛載輸轉農勞勝勢勵動"
    "務勸劃劇劉則剛創劑劍孫學寫寶島帶幫廣張強從徹徵恆悅懷慮慶憶懶戲戶拋採掃揚換擇擊擔擬擴擺數"
    "斃晉曉暫曆會槍樓樹橋機檢歐殘毀沖決況淚溫滿漢潔濃灣煙燈熱燒爐爺獎獨獲環畫異療盜盤矚礎祕禮"
    "禍稱穩穀窩競筆節範築簡籃粵糧紀約純紙紛細組絞綁網緒縣縮繪羅義習職聯肅脈腦臉臺興舉艙莊華萬"
    "葉蓋藝藥蘇蟲補裝製覺觀觸訂訓託訴診試誇諒諷謊譽變讚豐貝負財貨販貪貫賴賽趨跡踐軌軍軟輔輩辭"
    "遊運達遞適遲選遺郵醬鋪錶鍵鎮鏈閃閉閒閣陣陳陸隻雖霧韓頌頗顆餅養餓餘駐駛駕驅驕骯髒鯨鹽麥黨"
    "龜囑夥佔傑傢傭債傾僅價億儀優償儲兇兒凍凱刪勁匯協厲參吳呂啟喚喪嘆嚇嚐嚴團圍圖圓執堅報塊塗"
    "塵壓壘壟壯壽夠夢夾奪奮奧妝姦婦媽嬰孿宮寢審寬寵尋導屆屍層屢岡嶺巖帳帥幣幹庫廁廈廚廟廠彎彥"
    "徑復惱慘慚慣憑懸戀撐撥撫撲撿擁擋擠擾攜攝攤敗敵斂斬晝曬棄棧棟極榮樁檯欄權歸歷歿殺殼毆氈氫"
    "洩淪淨淺渦測渾湊湧溝滅滯滲滾漁漲漸潛潤濕濟濤瀉瀏灑灘災煉煒爾牆牽犧狀狹猶獄獸瑪瓊甌畝畢瘋"
    "瘡癢皺監盡睜瞞礦碼磚禪禦稅穌竄竊竅攪敘於發紋紳聖聞裡誦贏闆騎夢眾棗鯊簽麪爲裏衆",
    "这说话声请岁东与为对静愤气乐欢伤难过惧惊讶厌恶确无断讲个两几国听见问题开现时间点钟后当种"
    "谁忧郁爱们来么没关系让读给认识谈论录档虾条龙门猫铁钢锅面长传统属单复杂庞亲显视频讯场医烦"
    "员远处质并轻缓实应诗书红黄蓝绿马鸟鱼车轮飞弹专业产费买卖据园狮贫穷战争护贵旧临标卫坏吗词"
    "语调顺违别类办结构齐准总众愿谢体线级经续维绝丝编紧练终络织继综缘猎师态双内边区响较样将头"
    "发厅评计记许设访证询该详诚误诱课责贴贺赏贤账购赠赶丑释乡邻钉针铃银铜钱错锁镜闹阅队阳阴际"
    "随险隐鸡离云电灵页顶项须预顿额颜顾风饭饮馆冯骗腾验松斗鲁鲜鸣鸭鹅丽齿辆载输转农劳胜势励动"
    "务劝划剧刘则刚创剂剑孙学写宝岛带帮广张强从彻征恒悦怀虑庆忆懒戏户抛采扫扬换择击担拟扩摆数"
    "毙晋晓暂历会枪楼树桥机检欧残毁冲决况泪温满汉洁浓湾烟灯热烧炉爷奖独获环画异疗盗盘瞩础秘礼"
    "祸称稳谷窝竞笔节范筑简篮粤粮纪约纯纸纷细组绞绑网绪县缩绘罗义习职联肃脉脑脸台兴举舱庄华万"
    "叶盖艺药苏虫补装制觉观触订训托诉诊试夸谅讽谎誉变赞丰贝负财货贩贪贯赖赛趋迹践轨军软辅辈辞"
    "游运达递适迟选遗邮酱铺表键镇链闪闭闲阁阵陈陆只虽雾韩颂颇颗饼养饿余驻驶驾驱骄肮脏鲸盐麦党"
    "龟嘱伙占杰家佣债倾仅价亿仪优偿储凶儿冻凯删劲汇协厉参吴吕启唤丧叹吓尝严团围图圆执坚报块涂"
    "尘压垒垄壮寿够梦夹夺奋奥妆奸妇妈婴孪宫寝审宽宠寻导届尸层屡冈岭岩帐帅币干库厕厦厨庙厂弯彦"
    "径复恼惨惭惯凭悬恋撑拨抚扑捡拥挡挤扰携摄摊败敌敛斩昼晒弃栈栋极荣桩台栏权归历殁杀壳殴毡氢"
    "泄沦净浅涡测浑凑涌沟灭滞渗滚渔涨渐潜润湿济涛泻浏洒滩灾炼炜尔墙牵牺状狭犹狱兽玛琼瓯亩毕疯"
    "疮痒皱监尽睁瞒矿码砖禅御税稣窜窃窍搅叙于发纹绅圣闻里诵赢板骑梦众枣鲨签面为里众")

EMOTIONS = {
    "neutral": "neutral neutrally calm calmly calmness composed unemotional matter-of-fact"
               " even-toned 中性 平静 冷静 中立 平和 镇定",
    "happy": "happy happily happiness joy joyful joyfully cheerful cheerfully glad delighted"
             " pleased 高兴 开心 快乐 愉快 喜悦 欢快 幸福",
    "sad": "sad sadly sadness sorrow sorrowful unhappy melancholy depressed gloomy"
           " 悲伤 难过 伤心 悲哀 忧伤 沮丧 忧郁",
    "angry": "angry angrily anger furious mad irritated rage 生气 愤怒 恼怒 发怒 怒气 气愤",
    "fearful": "fearful fearfully fear afraid scared frightened terrified anxious"
               " 害怕 恐惧 惊恐 畏惧 恐慌",
    "surprised": "surprised surprise surprising astonished amazed startled"
                 " 惊讶 吃惊 惊奇 诧异 意外",
    "disgusted": "disgusted disgust disgusting repulsed revolted 厌恶 反感 恶心 嫌恶",
}
GENDERS = {
    "female": "female woman woman's women lady girl females madam ma'am 女",
    "male": "male man man's men gentleman boy guy males sir 男 先生",
}
# Says that there is no verdict, and words that only soften one.
UNSURE = re.compile(
    r"\buncertain|\bunclear|\bnot (?:entirely |quite |very )?(?:clear|certain|sure)|\bambiguous"
    r"|\b(?:hard|difficult) to (?:tell|say)|\bunknown\b|\bundetermined|\bunsure|\bno verdict"
    r"|\b(?:can't|cannot|can not|could not|couldn't) (?:be )?(?:told|tell|say|determined?|known?)"
    r"|\bdoes(?: not|n't) (?:say|tell|give|show)|\bdon't know|\bnot known"
    r"|不确定|不清楚|不明|难以|无法|不能确定|不好说|说不准|未知|没有说明|不肯定")
SOFTENED = re.compile(
    r"\b(?:may|might|maybe|perhaps|possibly|probably|likely)\b|可能|也许|或许|大概")
_NOT = r"\b(?:do|does|did|is|was|are|were|has|have|can)(?: not|n't)\b"
_TOLD = (
    r"\b(?:say|said|stated?|mention(?:ed)?|specif(?:y|ied)|tell|told|indicated?|provided?"
    r"|reveal(?:ed)?|contain|given?|clear|known?|included?|discuss(?:ed)?|talk|refer"
    r"|identif(?:y|ied)|explain(?:ed)?|determined?|answer(?:ed)?|named?|present|available"
    r"|enough|any|find|found|hear|heard|possible)\b")
# Says that the recording does not tell.
REFUSAL = re.compile(
    _NOT + r"[^.!?;,]{0,30}?" + _TOLD + r"|\bnot (?:\w+ )?" + _TOLD[2:]
    + r"|\bcannot\b|\bcan't\b|\bunable to\b|\bunknown\b|\bunclear\b|\bdon't know\b"
    r"|\b(?:there is|there's|there are|gives|contains|has|makes|with) no\b"
    r"|\bno (?:mention|information|indication|answer|details?|one says|such)\b"
    r"|\bnothing (?:is|was|about)|\bnobody (?:says|mentions)"
    r"|\bnever (?:says?|said|mention(?:s|ed)?|states?|tells?)\b"
    r"|(?:没有|没|未|并未|无)[^。!?,]{0,12}?(?:说|提|讲|谈|指出|透露|给出|明确|告诉|涉及|包含|信息|答案)"
    r"|无法|不知道|不清楚|不明|未知|不得而知|不能确定|不确定")
NUMBERS = {"zero": 0, "no": 0, "one": 1, "single": 1, "two": 2, "both": 2, "couple": 2, "three": 3,
           "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
           "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5,
           "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
STOP_WORDS = set(
    "a an and are as at be been being but by can could did do does for from had has have he her "
    "here him his how i if in into is it its me my no not of on or our she so than that the their "
    "them then there they this to up upon us was we were what when which who will with would you "
    "your thou thee thy mister mr speaker says said saying very s t m re ll ve d".split())
_LATIN = r"[^\W\u3400-\u9fff]"
_SPEAKER = r"(?i:speakers?|voices?|persons?|people|说话[人者]|讲者|发言[人者])"


def normalise(text):
    """Lower case, one width, simplified characters, plain quotation marks, single spaces."""
    text = unicodedata.normalize("NFKC", text).translate(SIMPLIFIED).lower()
    text = re.sub("[\u2018\u2019\u02bc]", "'", text)
    return re.sub(r"\s+", " ", text).strip()


def is_han(character):
    return "\u3400" <= character <= "\u9fff"


def find(text, phrase):
    """Where normalised text has the phrase, -1 for nowhere: Latin words whole, or only begun where
    they end in *; Chinese anywhere, also right beside them."""
    phrase = normalise(phrase)
    if any(map(is_han, phrase)):
        return text.find(phrase)
    words = re.escape(phrase.rstrip("*")).replace(r"\ ", r"[\s-]+").replace(r"\-", r"[\s-]?")
    match = re.search(r"(?<!%s)%s%s" % (_LATIN, words,
                                        "" if phrase.endswith("*") else "(?!%s)" % _LATIN), text)
    return match.start() if match else -1


def contains(text, phrase):
    return find(text, phrase) >= 0


def without_denials(text):
    """Leaves out what is denied: "not angry", "rather than a woman", 不是女性, 没有生气."""
    text = re.sub(r"\bnot only\b|不仅", " ", text)
    text = re.sub(
        r"(?:\b(?:not|no|never|without|neither|nor|rather than|instead of)|\w+n't)"
        r"(?! (?:clear|certain|sure|known|say|tell))"
        r"(?: (?:a|an|the|any|at all|sound|sounding|feel|very|really|particularly|be|being))*"
        r" [\w'-]+(?: (?:or|nor) (?:an? )?[\w'-]+)*", " ", text)
    return re.sub(
        r"(?:不是|并非|没有|而非|不)(?:很|太|感到|在|表现出|任何|一个|一位|明显)*"
        r"(?!确定|清楚|明|肯定|好说|知道|能)[\u4e00-\u9fff]{1,2}", " ", text)


def named(text, vocabulary):
    """The keys of {key: words} that normalised text asserts, in the order of first mention."""
    text = without_denials(text)
    places = {}
    for key, words in vocabulary.items():
        found = [place for place in (find(text, word) for word in words.split()) if place >= 0]
        if found:
            places[key] = min(found)
    return sorted(places, key=places.get)


def numbers(text):
    """The numbers of a normalised text, in order: digits, English and Chinese words up to ten."""
    words = "|".join(k for k in NUMBERS if k.isascii())
    han = "".join(k for k in NUMBERS if not k.isascii())
    return [float(NUMBERS.get(token, token if token[0].isdigit() else 0))
            for token in re.findall(r"\d+(?:\.\d+)?|\b(?:%s)\b|[%s]" % (words, han), text)]


def times(text):
    """Seconds that a normalised text names, in order: 1:07.5, 7.2 s, 第7秒, 1 minute 5 seconds."""
    for word, digit in NUMBERS.items():
        unit = r"\b%s(?= (?:seconds?|minutes?))" if word.isascii() else r"%s(?=秒|分)"
        text = re.sub(unit % word, str(digit), text)
    pattern = (r"(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)"
               r"|(\d+) ?(?:min\w*|分钟?)(?: ?(?:and )?(\d+(?:\.\d+)?) ?(?:s\w*|秒))?"
               r"|(\d+(?:\.\d+)?)")
    values = []
    for hours, minutes, seconds, full, rest, plain in re.findall(pattern, text):
        if seconds:
            values.append(3600 * float(hours or 0) + 60 * float(minutes) + float(seconds))
        elif full:
            values.append(60 * float(full) + float(rest or 0))
        else:
            values.append(float(plain))
    return values


def speakers_named(answer, names):
    """Which of the speakers' names an answer gives. A single letter counts after "speaker", or
    where it stands by itself and is no word ("A" only at the end, or before : or "says")."""
    text = unicodedata.normalize("NFKC", answer).translate(SIMPLIFIED)
    text = re.sub(r"(?:\b(?:not|rather than|instead of)|不是|而非) *%s? ?[A-Z]\b" % _SPEAKER, " ", text)
    # Chinese characters stand right beside a name, and are no part of it.
    letters = r"\W{0,3}([A-Z](?:\W*(?:and|or|和|,)\W*[A-Z](?![A-Za-z]))*)(?![A-Za-z0-9])"
    labelled = "".join(re.findall(_SPEAKER + letters, text))
    found = []
    for name in names:
        alone = r"(?<![A-Za-z0-9'])%s(?![A-Za-z0-9'])" % re.escape(name)
        if len(name) > 1:
            is_named = contains(normalise(text), name)
        else:
            end = (r"(?=[:,。.)\]*\"]|\s*[\u4e00-\u9fff]|\s*$| (?:says|said|is)\b"
                   r"| (?:and|or) [A-Z]\b)")
            is_named = name in labelled or re.search(
                alone + (end if name in "AI" else ""), text) is not None
        if is_named:
            found.append(name)
    return found


def yes_or_no(answer):
    """True, False, or None where the answer does not begin with either."""
    text = normalise(answer).lstrip("\"'*([{ ")
    if re.match(r"(?:yes|yeah|yep|correct|true|indeed|right)\b|是的|对|有(?:的|[,。]|$)|是(?:[,。]|$)"
                r"|会|符合|一致|相符|匹配|适合", text):
        return True
    if re.match(r"(?:no|nope|not|false|incorrect)\b|不|没|否|并非|并不", text):
        return False
    return None


def content_words(text):
    return {w for w in re.findall(r"[^\W\d_]+", normalise(text).replace("'", " "))
            if w not in STOP_WORDS and len(w) > 1}

/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Where the readings of Taiwan differ from those of the mainland, which the lexicon has. Source:
 * the Ministry of Education's 國語一字多音審訂表 (1999). Characters are simplified, as items are.
 */

#include <string.h>

#include "audio/reading/chinese-private.h"

/* A character, wherever it has the first reading. */
static const struct {
  const char *c;
  const char *mainland;
  const char *taiwan;
} characters[] = {
  { "期", "qi1", "qi2" },       { "质", "zhi4", "zhi2" },     { "究", "jiu1", "jiu4" },
  { "企", "qi3", "qi4" },       { "液", "ye4", "yi4" },       { "腋", "ye4", "yi4" },
  { "曳", "ye4", "yi4" },       { "崖", "ya2", "yai2" },      { "击", "ji1", "ji2" },
  { "寂", "ji4", "ji2" },       { "迹", "ji4", "ji1" },       { "缉", "ji1", "qi4" },
  { "暂", "zan4", "zhan4" },    { "危", "wei1", "wei2" },     { "微", "wei1", "wei2" },
  { "薇", "wei1", "wei2" },     { "巍", "wei1", "wei2" },     { "伪", "wei3", "wei4" },
  { "夕", "xi1", "xi4" },       { "汐", "xi1", "xi4" },       { "矽", "xi1", "xi4" },
  { "惜", "xi1", "xi2" },       { "息", "xi1", "xi2" },       { "熄", "xi1", "xi2" },
  { "昔", "xi1", "xi2" },       { "锡", "xi1", "xi2" },       { "携", "xie2", "xi1" },
  { "熟", "shu2", "shou2" },    { "叔", "shu1", "shu2" },     { "淑", "shu1", "shu2" },
  { "曙", "shu3", "shu4" },     { "血", "xue4", "xie3" },     { "血", "xue3", "xie3" },
  { "拥", "yong1", "yong3" },   { "发", "fa4", "fa3" },       { "识", "shi2", "shi4" },
  { "帆", "fan1", "fan2" },     { "播", "bo1", "bo4" },       { "跌", "die1", "die2" },
  { "突", "tu1", "tu2" },       { "凸", "tu1", "tu2" },       { "档", "dang4", "dang3" },
  { "堤", "di1", "ti2" },       { "夹", "jia1", "jia2" },     { "菌", "jun1", "jun4" },
  { "框", "kuang4", "kuang1" }, { "眶", "kuang4", "kuang1" }, { "烙", "lao4", "luo4" },
  { "曝", "bao4", "pu4" },      { "悄", "qiao1", "qiao3" },   { "怯", "qie4", "que4" },
  { "紊", "wen3", "wen4" },     { "驯", "xun4", "xun2" },     { "谊", "yi4", "yi2" },
  { "掷", "zhi4", "zhi2" },     { "蛰", "zhe2", "zhi2" },     { "筑", "zhu4", "zhu2" },
  { "骤", "zhou4", "zou4" },    { "综", "zong1", "zong4" },   { "蜗", "wo1", "gua1" },
  { "颇", "po1", "po3" },       { "剖", "pou1", "pou3" },     { "淆", "xiao2", "yao2" },
  { "拙", "zhuo1", "zhuo2" },   { "槟", "bing1", "bin1" },    { "蹈", "dao3", "dao4" },
  { "讽", "feng3", "feng4" },   { "缚", "fu4", "fu2" },       { "薄", "bao2", "bo2" },
  { "剥", "bao1", "bo1" },      { "垃", "la1", "le4" },       { "圾", "ji1", "se4" },
  { "嚼", "jiao2", "jue2" },    { "酵", "jiao4", "xiao4" },
};

/* Words that go their own way. */
static const struct {
  const char *word;
  const char *readings;
} words[] = {
  { "头发", "tou2 fa3" },   { "法国", "fa4 guo2" },   { "法语", "fa4 yu3" },
  { "法文", "fa4 wen2" },   { "法郎", "fa4 lang2" },  { "法国人", "fa4 guo2 ren2" },
  { "人质", "ren2 zhi4" },  { "偏颇", "pian1 po1" },  { "廉颇", "lian2 po1" },
  { "部署", "bu4 shu4" },   { "签署", "qian1 shu4" }, { "署名", "shu4 ming2" },
  { "连署", "lian2 shu4" }, { "玫瑰", "mei2 gui1" },  { "从容", "cong1 rong2" },
};

/* The second syllable has no tone in Taiwan either. */
static const char *const neutral[] = { "东西", "意思", "耳朵", "萝卜", "喇叭", "胳膊", "胡萝卜" };
static const char neutral_last[] = "子头们么个得了着的吗呢吧啦嘛啊";

static gboolean
keeps_neutral (const ChineseItem *word, guint at, const char *text)
{
  if (at > 0 && word[at - 1].c == word[at].c)
    return TRUE; /* 爸爸 */
  if (chinese_is_in (word[at].c, neutral_last))
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (neutral); i++)
    if (g_str_equal (neutral[i], text))
      return TRUE;
  return FALSE;
}

static void
replace_reading (ChineseItem *item)
{
  for (gsize i = 0; i < G_N_ELEMENTS (characters); i++)
    if (chinese_is_in (item->c, characters[i].c)
        && g_str_equal (item->reading, characters[i].mainland)) {
      chinese_set_reading (item, characters[i].taiwan, strlen (characters[i].taiwan));
      return;
    }
}

static void
replace_word (ChineseItem *word, guint n, const char *text)
{
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++) {
    if (!g_str_equal (words[i].word, text))
      continue;
    g_auto (GStrv) readings = g_strsplit (words[i].readings, " ", -1);
    for (guint at = 0; at < n && readings[at] != NULL; at++)
      if (!word[at].is_fixed)
        chinese_set_reading (&word[at], readings[at], strlen (readings[at]));
  }
}

void
chinese_speak_as_in_taiwan (AudioChinese *chinese, ChineseItem *word, guint n, gboolean ends)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    if (word[i].c != 0)
      g_string_append_unichar (text, word[i].c);
  for (guint i = 0; i < n; i++) {
    if (word[i].is_fixed)
      continue;
    if (i > 0 && chinese_get_tone (&word[i]) == 5 && !keeps_neutral (word, i, text->str))
      chinese_give_tone (chinese, &word[i]);
    replace_reading (&word[i]);
  }
  /* "and"; a sum keeps its sound. */
  if (n == 1 && !ends && chinese_is_in (word->c, "和") && g_str_equal (word->reading, "he2"))
    chinese_set_reading (word, "han4", strlen ("han4"));
  replace_word (word, n, text->str);
}

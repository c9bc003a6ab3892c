/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "tests/support/tiny-lexicons.h"

#include <glib/gstdio.h>

#include "tests/support/gguf-builder.h"

/* Both lists are sorted by the words' bytes. */
static const char *const english[][2] = {
  { "B", "bˈi" },
  { "F", "ˈɛf" },
  { "I", "ˌI" },
  { "London", "lˈʌndən" },
  { "March", "mˈɑɹʧ" },
  { "S", "ˈɛs" },
  { "U", "jˈu" },
  { "and", "ænd" },
  { "apple", "ˈæpᵊl" },
  { "cat", "kˈæt" },
  { "close", "klˈOs" },
  { "close|NOUN", "klˈOz" },
  { "close|VERB", "klˈOz" },
  { "cry", "kɹˈI" },
  { "dollars", "dˈɑləɹz" },
  { "five", "fˈIv" },
  { "hello", "həlˈO" },
  { "it", "ɪt" },
  { "of", "ʌv" },
  { "one", "wˈʌn" },
  { "read", "ɹˈid" },
  { "read|VBD", "ɹˈɛd" },
  { "read|VBN", "ɹˈɛd" },
  { "record", "ɹˈɛkəɹd" },
  { "record|VERB", "ɹəkˈɔɹd" },
  { "run", "ɹˈʌn" },
  { "stop", "stˈɑp" },
  { "table", "tˈAbᵊl" },
  { "the", "ði" },
  { "third", "θˈɜɹd" },
  { "this", "ðɪs" },
  { "this|None", "ðˈɪs" },
  { "twenty", "twˈɛnti" },
  { "two", "tˈu" },
  { "use", "jˈuz" },
  { "use|NOUN", "jˈus" },
  { "walk", "wˈɔk" },
  { "we", "wi" },
  { "world", "wˈɜɹld" },
};

static const struct {
  const char *word, *reading;
  int32_t count;
} chinese[] = {
  { "〇", "ling2", 50 },       { "一", "yi1", 900 },
  { "七", "qi1", 100 },        { "万", "wan4", 200 },
  { "三", "san1", 200 },       { "下", "xia4", 200 },
  { "不", "bu4,fou3", 900 },   { "世", "shi4", 50 },
  { "世界", "", 300 },         { "两", "liang3", 200 },
  { "个", "ge4", 500 },        { "么", "me5", 50 },
  { "之", "zhi1", 200 },       { "九", "jiu3", 100 },
  { "书", "shu1", 100 },       { "二", "er4", 200 },
  { "五", "wu3", 200 },        { "人", "ren2", 600 },
  { "们", "men5", 50 },        { "你", "ni3", 800 },
  { "儿", "er2", 300 },        { "元", "yuan2", 100 },
  { "八", "ba1", 100 },        { "六", "liu4", 100 },
  { "分", "fen1,fen4", 200 },  { "到", "dao4", 200 },
  { "十", "shi2", 300 },       { "千", "qian1", 100 },
  { "去", "qu4", 200 },        { "发", "fa1,fa4", 200 },
  { "只", "zhi3,zhi1", 200 },  { "四", "si4", 200 },
  { "地", "di4,de5", 300 },    { "天", "tian1", 200 },
  { "头", "tou2", 100 },       { "头发", "tou2 fa4", 90 },
  { "奇", "qi2", 50 },         { "女", "nv3", 200 },
  { "女儿", "", 100 },         { "好", "hao3,hao4", 700 },
  { "好奇", "hao4 qi2", 100 }, { "子", "zi3", 300 },
  { "对", "dui4", 200 },       { "对不起", "dui4 bu4 qi3", 100 },
  { "小", "xiao3", 400 },      { "年", "nian2", 300 },
  { "幺", "yao1", 5 },         { "度", "du4", 100 },
  { "很", "hen3", 600 },       { "得", "de5,de2,dei3", 300 },
  { "快", "kuai4", 100 },      { "想", "xiang3", 500 },
  { "我", "wo3", 800 },        { "我们", "", 300 },
  { "摄", "she4", 50 },        { "日", "ri4", 300 },
  { "是", "shi4", 900 },       { "月", "yue4", 300 },
  { "来", "lai2", 200 },       { "果", "guo3", 100 },
  { "桌", "zhuo1", 50 },       { "桌子", "", 100 },
  { "氏", "shi4", 50 },        { "水", "shui3", 300 },
  { "水果", "", 200 },         { "没", "mei2", 100 },
  { "点", "dian3", 200 },      { "猫", "mao1", 50 },
  { "玩", "wan2", 100 },       { "电", "dian4", 100 },
  { "电子", "", 100 },         { "电话", "", 50 },
  { "界", "jie4", 50 },        { "百", "bai3", 200 },
  { "看", "kan4,kan1", 500 },  { "着", "zhe5,zhao2", 200 },
  { "第", "di4", 200 },        { "美", "mei3", 100 },
  { "老", "lao3", 400 },       { "老虎", "", 200 },
  { "花", "hua1", 200 },       { "著", "zhu4", 100 },
  { "虎", "hu3", 100 },        { "行", "xing2,hang2", 300 },
  { "话", "hua4", 100 },       { "起", "qi3", 200 },
  { "跑", "pao3", 100 },       { "还", "hai2,huan2", 300 },
  { "银", "yin2", 50 },        { "银行", "yin2 hang2", 200 },
  { "隻", "zhi1", 1 },         { "零", "ling2", 100 },
  { "頭", "tou2", 1 },         { "髪", "fa4", 1 },
  { "髮", "fa4", 1 },
};

static char *
write_lexicon (GgufBuilder *builder)
{
  char *path = g_build_filename (g_get_tmp_dir (), "hearsay-lexicon-XXXXXX", NULL);

  g_close (g_mkstemp (path), NULL);
  gguf_builder_write (builder, path);
  return path;
}

char *
tiny_lexicon_write_english (void)
{
  g_autoptr (GgufBuilder) builder = gguf_builder_new ();
  const char *words[G_N_ELEMENTS (english)], *sounds[G_N_ELEMENTS (english)];

  for (size_t i = 0; i < G_N_ELEMENTS (english); i++) {
    words[i] = english[i][0];
    sounds[i] = english[i][1];
  }
  gguf_builder_add_string (builder, "general.architecture", "pronunciations");
  gguf_builder_add_strings (builder, "pronunciations.words", words, G_N_ELEMENTS (words));
  gguf_builder_add_strings (builder, "pronunciations.sounds", sounds, G_N_ELEMENTS (sounds));
  return write_lexicon (builder);
}

char *
tiny_lexicon_write_chinese (void)
{
  g_autoptr (GgufBuilder) builder = gguf_builder_new ();
  const char *words[G_N_ELEMENTS (chinese)], *readings[G_N_ELEMENTS (chinese)];
  int32_t counts[G_N_ELEMENTS (chinese)];

  for (size_t i = 0; i < G_N_ELEMENTS (chinese); i++) {
    words[i] = chinese[i].word;
    readings[i] = chinese[i].reading;
    counts[i] = chinese[i].count;
  }
  gguf_builder_add_string (builder, "general.architecture", "chinese-pronunciations");
  gguf_builder_add_strings (builder, "pronunciations.words", words, G_N_ELEMENTS (words));
  gguf_builder_add_ints (builder, "pronunciations.counts", counts, G_N_ELEMENTS (counts));
  gguf_builder_add_strings (builder, "pronunciations.readings", readings, G_N_ELEMENTS (readings));
  return write_lexicon (builder);
}

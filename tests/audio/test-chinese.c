/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Chinese with a small lexicon: pinyin, bopomofo and their symbols; words, tones in context, erhua,
 * numbers, traditional characters, readings that are given. The real lexicon has its own lists
 * (test-weights-reading.c). */

#include <glib/gstdio.h>

#include "audio/base/audio-error.h"
#include "audio/reading/chinese.h"
#include "tests/support/gguf-builder.h"
#include "tests/support/tiny-lexicons.h"

static AudioChinese *
load (void)
{
  g_autofree char *path = tiny_lexicon_write_chinese ();
  g_autoptr (GError) error = NULL;
  AudioChinese *chinese = audio_chinese_load (path, &error);

  g_remove (path);
  g_assert_no_error (error);
  return chinese;
}

static void
test_syllables (void)
{
  static const char *const cases[][2] = {
    { "ma1", "ma→" },
    { "hao3", "xau↓" },
    { "zhong1", "ꭧʊ→ŋ" },
    { "chi1", "ꭧʰɨ→" },
    { "si4", "sɨ↘" },
    { "ren2", "ɻə↗n" },
    { "ju2", "ʨy↗" },
    { "quan2", "ʨʰɥɛ↗n" },
    { "lv4", "ly↘" },
    { "nve4", "nɥe↘" },
    { "yuan2", "ɥɛ↗n" },
    { "wo3", "wo↓" },
    { "bo1", "pwo→" },
    { "er2", "ɚ↗" },
    { "de5", "tɤ" },
    { "xiong1", "ɕjʊ→ŋ" },
    { "gui4", "kwei↘" },
    { "liu2", "ljou↗" },
    { "lun2", "lwə↗n" },
    { "weng1", "wə→ŋ" },
    { "huar1", "xwa→ɚ" },
    { "wanr2", "wa↗ɚ" },
    { "yi1", "i→" },
    { "wu3", "u↓" },
    { "x1", NULL },
    { "hao", NULL },
    { "hao6", NULL },
    { "", NULL },
    { "vv1", NULL },
    { "1", NULL },
    { "r1", NULL },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *found = audio_chinese_read_syllable (cases[i][0]);
    g_assert_cmpstr (found, ==, cases[i][1]);
  }
}

static void
test_sounds (void)
{
  static const char *const cases[][2] = {
    { "ㄏㄠ3", "hao3" },
    { "ㄏㄠˇ", "hao3" },
    { "ㄋㄧˇㄏㄠˇ", "ni3 hao3" },
    { "ㄋㄧ3 ㄏㄠ3", "ni3 hao3" },
    { "ㄇㄚ", "ma1" },
    { "˙ㄇㄚ", "ma5" },
    { "ㄓ", "zhi1" },
    { "ㄔㄨㄥˊ", "chong2" },
    { "ㄑㄩㄥˊ", "qiong2" },
    { "ㄩㄢˊ", "yuan2" },
    { "ㄒㄩㄝˊ", "xue2" },
    { "ㄌㄩˋ", "lv4" },
    { "ㄨㄟˋ", "wei4" },
    { "ㄍㄨㄟˋ", "gui4" },
    { "ㄧㄡˇ", "you3" },
    { "ㄌㄧㄡˋ", "liu4" },
    { "ㄦˊ", "er2" },
    { "ㄧㄝˇ", "ye3" },
    { "ㄧㄥ", "ying1" },
    { "ㄨㄥ", "weng1" },
    { "hǎo", "hao3" },
    { "nǐ hǎo", "ni3 hao3" },
    { "hao3", "hao3" },
    { "ni3hao3", "ni3 hao3" },
    { "lǜ", "lv4" },
    { "lü4", "lv4" },
    { "ma", "ma5" },
    { "xyz", NULL },
    { "", NULL },
    { "好", NULL },
    { "3", NULL },
    { "ㄅㄅ", NULL },
    { "hao3!", NULL },
    { "ㄏㄠㄏㄠㄏㄠㄏㄠㄨㄨㄨㄨㄨㄨㄨㄨ", NULL },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_auto (GStrv) found = audio_chinese_parse_sounds (cases[i][0]);
    g_autofree char *joined = found != NULL ? g_strjoinv (" ", found) : NULL;
    g_assert_cmpstr (joined, ==, cases[i][1]);
  }
}

static void
check_all (AudioChinese *chinese, const char *const (*cases)[2], size_t n)
{
  for (size_t i = 0; i < n; i++) {
    g_autofree char *found = audio_chinese_spell (chinese, cases[i][0]);
    g_assert_cmpstr (found, ==, cases[i][1]);
  }
}

static void
test_tones (void)
{
  static const char *const cases[][2] = {
    { "你好", "ni2 hao3" },        { "水果", "shui2 guo3" },    { "小老虎", "xiao3 lao2 hu3" },
    { "我很好", "wo3 hen2 hao3" }, { "你，好", "ni3 hao3" }, /* a mark parts them */
    { "不是", "bu2 shi4" },        { "不好", "bu4 hao3" },      { "是不是", "shi4 bu5 shi4" },
    { "对不起", "dui4 bu5 qi3" },  { "一个", "yi2 ge4" },       { "一天", "yi4 tian1" },
    { "第一天", "di4 yi1 tian1" }, { "十一", "shi2 yi1" },      { "一月一日", "yi1 yue4 yi1 ri4" },
    { "看一看", "kan4 yi5 kan4" }, { "想想", "xiang2 xiang5" }, { "桌子", "zhuo1 zi5" },
    { "电子", "dian4 zi3" },       { "我们", "wo3 men5" },      { "花儿", "huar1" },
    { "玩儿", "wanr2" },           { "女儿", "nv3 er2" },
  };
  g_autoptr (AudioChinese) chinese = load ();

  check_all (chinese, cases, G_N_ELEMENTS (cases));
}

static void
test_readings (void)
{
  static const char *const cases[][2] = {
    { "银行", "yin2 hang2" },
    { "行", "xing2" },
    { "好奇", "hao4 qi2" },
    { "还书", "huan2 shu1" },
    { "还没来", "hai2 mei2 lai2" },
    { "三只猫", "san1 zhi1 mao1" },
    { "跑得快", "pao3 de5 kuai4" },
    { "我得去", "wo2 dei3 qu4" },
    { "頭髮", "tou2 fa5" },
    { "三隻貓", "san1 zhi1 mao1" },
    { "看著我", "kan4 zhe5 wo3" },
    { "好[:ㄏㄠ4]人", "hao4 ren2" },
    { "银行[:yin2xing2]", "yin2 xing2" },
    { "ㄋㄧˇㄏㄠˇ", "ni2 hao3" },
    { "abc, x", "" },
    { "", "" },
    { "\xff好\x01", "hao3" },
  };
  static const char *const own[] = { "hao4", "ren2", NULL };
  g_autoptr (AudioChinese) chinese = load ();

  check_all (chinese, cases, G_N_ELEMENTS (cases));
  audio_chinese_add_word (chinese, "好人", own);
  g_autofree char *found = audio_chinese_spell (chinese, "我是好人");
  g_assert_cmpstr (found, ==, "wo3 shi4 hao4 ren2");
}

static void
test_numbers (void)
{
  static const char *const cases[][2] = {
    { "2026年", "er4 ling2 er4 liu4 nian2" },
    { "5年", "wu3 nian2" },
    { "2个", "liang3 ge4" },
    { "10", "shi2" },
    { "11", "shi2 yi1" },
    { "110", "yi4 bai3 yi1 shi2" },
    { "1001", "yi4 qian1 ling2 yi1" },
    { "20000", "liang3 wan4" },
    { "1,234", "yi4 qian1 er4 bai3 san1 shi2 si4" },
    { "3.5", "san1 dian2 wu3" },
    { "50%", "bai3 fen1 zhi1 wu3 shi2" },
    { "3/4", "si4 fen1 zhi1 san1" },
    { "10:30", "shi2 dian3 san1 shi2 fen1" },
    { "￥50", "wu3 shi2 yuan2" },
    { "-5°C", "ling2 xia4 wu3 she4 shi4 du4" },
    { "3-5天", "san1 dao4 wu3 tian1" },
    { "电话110", "dian4 hua4 yao1 yao1 ling2" },
    { "2026-11-2", "er4 ling2 er4 liu4 nian2 shi2 yi1 yue4 er4 ri4" },
    { "12345678901234567890", "yi1 er4 san1 si4 wu3 liu4 qi1 ba1 jiu3 ling2 yi1 er4 san1 si4 wu3 "
                              "liu4 qi1 ba1 jiu3 ling2" },
  };
  g_autoptr (AudioChinese) chinese = load ();

  check_all (chinese, cases, G_N_ELEMENTS (cases));
}

static void
check_broken (const char *architecture, size_t n_counts, size_t n_readings)
{
  static const char *const words[] = { "a", "b" };
  g_autoptr (GgufBuilder) builder = gguf_builder_new ();
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "hearsay-chinese-XXXXXX", NULL);
  g_autoptr (GError) error = NULL;

  gguf_builder_add_string (builder, "general.architecture", architecture);
  gguf_builder_add_strings (builder, "pronunciations.words", words, 2);
  gguf_builder_add_ints (builder, "pronunciations.counts", (int32_t[]){ 1, 2 }, n_counts);
  gguf_builder_add_strings (builder, "pronunciations.readings", words, n_readings);
  g_close (g_mkstemp (path), NULL);
  gguf_builder_write (builder, path);
  g_assert_null (audio_chinese_load (path, &error));
  g_assert_error (error, AUDIO_ERROR, AUDIO_ERROR_MODEL);
  g_remove (path);
}

static void
test_broken_file (void)
{
  check_broken ("pronunciations", 2, 2);
  check_broken ("chinese-pronunciations", 1, 2);
  check_broken ("chinese-pronunciations", 2, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/chinese/syllables", test_syllables);
  g_test_add_func ("/chinese/sounds", test_sounds);
  g_test_add_func ("/chinese/tones", test_tones);
  g_test_add_func ("/chinese/readings", test_readings);
  g_test_add_func ("/chinese/numbers", test_numbers);
  g_test_add_func ("/chinese/broken-file", test_broken_file);
  return g_test_run ();
}

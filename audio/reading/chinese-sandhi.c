/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Tones in context: erhua, 一 and 不, and the third tone before the third. */

#include <string.h>

#include "audio/reading/chinese-private.h"

/* Items that stand together without a mark. */
typedef struct {
  ChineseItem *items;
  guint n;
} Phrase;

/* 儿 that is a syllable of its own although it ends its word. */
static const char with_child[] = "女婴幼孤健胎少宠男小生患托育混弃";

static void
join_r (Phrase *phrase)
{
  for (guint i = 1; i < phrase->n; i++) {
    ChineseItem *item = &phrase->items[i], *before = item - 1;
    gboolean ends = i + 1 == phrase->n || item[1].begins_word;

    if (!chinese_is_in (item->c, "儿") || !ends || item->is_fixed || before->is_r
        || chinese_is_in (before->c, with_child) || before->reading[0] == '\0')
      continue;
    before->has_r = TRUE;
    item->is_r = TRUE;
    item->begins_word = FALSE;
  }
}

/* The tone that follows; 5 at the end. A neutral syllable counts as it was: 一个. */
static int
find_next_tone (const Phrase *phrase, guint at)
{
  guint next = at + 1;

  while (next < phrase->n && phrase->items[next].is_r)
    next++;
  if (next >= phrase->n)
    return 0;
  int tone = chinese_get_tone (&phrase->items[next]);
  return tone == 5 && chinese_is_in (phrase->items[next].c, "个") ? 4 : tone;
}

/* Whether 一 is a figure, which keeps its tone: 第一, 十一, 统一, 一月. */
static gboolean
is_figure (const Phrase *phrase, guint at)
{
  const ChineseItem *item = &phrase->items[at];
  const gunichar before = at > 0 ? item[-1].c : 0, after = at + 1 < phrase->n ? item[1].c : 0;
  const gboolean ends_word =
      !item->begins_word && (at + 1 == phrase->n || phrase->items[at + 1].begins_word);

  if (chinese_is_in (before, "十百千万亿") && chinese_is_in (after, "百千万亿"))
    return FALSE; /* 一千一百 */
  return ends_word || chinese_is_in (before, "第初十百千万亿零〇一二三四五六七八九周期拜")
         || chinese_is_in (after, "二三四五六七八九零〇月号楼班")
         || (chinese_is_in (after, "日") && chinese_is_in (before, "月"))
         || (chinese_is_in (after, "年") && at + 2 < phrase->n
             && chinese_is_in (phrase->items[at + 2].c, "级"));
}

static void
settle_yi (Phrase *phrase, guint at)
{
  ChineseItem *item = &phrase->items[at];
  const gboolean is_between = at > 0 && at + 1 < phrase->n && item[-1].c == item[1].c
                              && !chinese_is_in (item[1].c, "一天人步年个");

  if (is_between) { /* 看一看 */
    chinese_set_tone (item, 5);
    return;
  }
  if (is_figure (phrase, at))
    return;
  const int next = find_next_tone (phrase, at);
  if (next == 4)
    chinese_set_tone (item, 2);
  else if (next >= 1 && next <= 3)
    chinese_set_tone (item, 4);
}

static void
settle_bu (Phrase *phrase, guint at)
{
  ChineseItem *item = &phrase->items[at];

  if (chinese_get_tone (item) == 5)
    return;
  if (at > 0 && at + 1 < phrase->n
      && (item[-1].c == item[1].c || g_str_has_prefix (item[1].reading, "liao3")
          || (chinese_is_in (item[1].c, "着") && g_str_has_prefix (item[1].reading, "zhao2"))))
    chinese_set_tone (item, 5); /* 是不是, 吃不了, 睡不着 */
  else if (find_next_tone (phrase, at) == 4)
    chinese_set_tone (item, 2);
}

static guint
find_word_end (const Phrase *phrase, guint first)
{
  guint end = first + 1;

  while (end < phrase->n && !phrase->items[end].begins_word)
    end++;
  return end;
}

static gboolean
is_third (const Phrase *phrase, guint at)
{
  return !phrase->items[at].is_r && chinese_get_tone (&phrase->items[at]) == 3;
}

/* 小老虎 is 小 and 老虎, 展览馆 is 展览 and 馆: where the lexicon has no cut, a word of three is
 * cut before the last but after these, which stand before words of two. */
static gboolean
is_prefix (const ChineseItem *item)
{
  return chinese_is_in (item->c, "小老好很我你有纸母左右两打请买想海");
}

static void
change_within (Phrase *phrase, guint first, guint end)
{
  const gboolean is_late =
      end == first + 3 && is_third (phrase, first + 2) && is_prefix (&phrase->items[first]);

  for (guint i = first + (is_late ? 1 : 0); i + 1 < end; i++)
    if (is_third (phrase, i) && is_third (phrase, i + 1))
      chinese_set_tone (&phrase->items[i], 2);
}

/* Words of one syllable go in pairs, from the front; an odd one at the end joins the last pair. */
static guint
find_foot_end (const Phrase *phrase, guint first)
{
  guint end = find_word_end (phrase, first);

  if (end > first + 1 || end >= phrase->n)
    return end;
  guint next = find_word_end (phrase, end);
  if (next > end + 1)
    return end;
  if (next < phrase->n && find_word_end (phrase, next) == next + 1
      && (next + 1 == phrase->n || find_word_end (phrase, next + 1) > next + 2))
    return next + 1;
  return next;
}

static void
change_thirds (Phrase *phrase)
{
  for (guint first = 0; first < phrase->n;) {
    guint end = find_foot_end (phrase, first);
    change_within (phrase, first, end);
    first = end;
  }
  for (guint i = phrase->n; i-- > 1;)
    if (is_third (phrase, i - 1) && is_third (phrase, i))
      chinese_set_tone (&phrase->items[i - 1], 2);
}

static void
settle (Phrase *phrase)
{
  join_r (phrase);
  for (guint i = 0; i < phrase->n; i++) {
    const ChineseItem *item = &phrase->items[i];
    if (item->is_fixed)
      continue;
    if (chinese_is_in (item->c, "一") && chinese_get_tone (item) == 1)
      settle_yi (phrase, i);
    else if (chinese_is_in (item->c, "不"))
      settle_bu (phrase, i);
  }
  change_thirds (phrase);
}

void
chinese_apply_sandhi (GArray *items)
{
  for (guint first = 0; first < items->len;) {
    Phrase phrase = { &g_array_index (items, ChineseItem, first), 0 };
    while (first + phrase.n < items->len && phrase.items[phrase.n].kind == CHINESE_SYLLABLE)
      phrase.n++;
    if (phrase.n > 0)
      settle (&phrase);
    first += MAX (phrase.n, 1);
  }
}

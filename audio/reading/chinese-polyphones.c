/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Characters with several readings that stand as words of their own: what is before and after them
 * tells. What stands within words is in the lexicon. Source: 現代漢語詞典's distinctions. */

#include <string.h>

#include "audio/reading/chinese-private.h"

/* A rule holds if the character before is in `before` or the one after in `after`. The first rule
 * that holds is taken. */
typedef struct {
  const char *c;
  const char *reading;
  const char *before;
  const char *after;
} Rule;

#define NUMBERS "一二两三四五六七八九十百千万亿几半数零〇"
#define PERSONS "我你您他她它们咱谁"

static const Rule rules[] = {
  { "还", "huan2", "归偿奉退", "书钱给清债账款贷愿" },
  { "长", "zhang3", "部局校市县院班组会船团站处科厂社区村乡镇省州家", "得大高出满成" },
  { "行", "hang2", NUMBERS "第每本同各这那银商", "" },
  { "重", "chong2", "双", "新复来做写建启申温逢返叠演" },
  { "只", "zhi1", NUMBERS "这那每", "" },
  { "种", "zhong3", NUMBERS "这那各每某此何哪同", "" },
  { "种", "zhong4", "", "树花菜地田草水稻瓜豆粮茶果棉了在上下着" },
  { "为", "wei2", "成作称认以视分变化译改设定名尤极选命", "" },
  { "着", "zhao2", "睡点够摸猜不得", "了" },
  { "着", "zhuo2", "", "手眼装色陆重" },
  { "数", "shu3", "", "一到不着了钱数星" },
  { "教", "jiao1", "", PERSONS "书学英汉中数语唱小大" },
  { "倒", "dao3", "摔跌打推病晕累滑吹", "下闭塌霉" },
  { "背", "bei1", "", "着包起上了" },
  { "空", "kong4", "有没抽", "地位白缺闲额隙格" },
  { "差", "cha1", "", "别异距价额" },
  { "差", "chai1", "出", "" },
  { "兴", "xing1", "", "起旺办建盛奋" },
  { "乐", "yue4", "音奏声器", "队曲器团谱坛章声师" },
  { "干", "gan1", "晒烘晾擦吹饼", "净燥旱杯脆涉扰货" },
  { "血", "xie3", "", "淋" },
  { "藏", "zang4", "西宝道青", "" },
  { "朝", "zhao1", "今明", "气霞夕" },
  { "率", "shuai4", "", "领先队军" },
  { "量", "liang2", "丈测", "一了体血尺" },
  { "弹", "dan4", "子炸导炮核飞枪氢", "" },
  { "调", "tiao2", "", "整节解和味料皮高低小大好" },
  { "处", "chu3", "", "理于在境分罚决方" },
  { "转", "zhuan4", "", "圈动" },
  { "尽", "jin3", "", "管快量早" },
  { "觉", "jiao4", "睡午懒着" NUMBERS, "" },
  { "假", "jia4", "放请病寒暑度产休年事", "期日" },
  { "切", "qie1", "", "菜肉开片成断" },
  { "中", "zhong4", "打猜看击选命射", "奖毒暑风计标" },
  { "盛", "cheng2", "", "饭汤满了" },
  { "发", "fa4", "头理假染烫黑白长短", "" },
  { "分", "fen4", "成水养盐糖", "" },
  { "少", "shao4", "", "年女男" },
  { "系", "ji4", "", "鞋领安好上" },
  { "给", "ji3", "供", "予" },
  { "称", "chen4", "对相", "心职" },
  { "冲", "chong4", "", "着劲" },
  { "钉", "ding4", "", "上在" },
  { "应", "ying4", "答反适响供", "付对用邀" },
  { "了", "liao3", "", "解结断" },
  { "曾", "zeng1", "姓老小", "国巩氏某" },
};

/* 他得走: must; 跑得快: how; it begins no sentence but as to get. */
static const char *
choose_de (const ChineseItem *items, guint first, guint last, guint at)
{
  const gunichar before = at > first ? items[at - 1].c : 0, after = at < last ? items[at + 1].c : 0;

  if (chinese_is_in (after, "了到过第奖分病知") || (before == 0 && after == 0))
    return chinese_is_in (before, "觉记舍值显懂晓认免省使") ? "de5" : "de2";
  if (before == 0)
    return "dei3";
  if (chinese_is_in (before, PERSONS "都也就还总必可又只非") && after != 0)
    return "dei3";
  return "de5";
}

/* 慢慢地走: how, after a word of two characters or more and before what is done. */
static const char *
choose_di (const ChineseItem *items, guint first, guint last, guint at)
{
  const gboolean is_after_long = at > first + 1 && !items[at - 1].begins_word;

  return is_after_long && at < last
                 && !chinese_is_in (items[at + 1].c, "上下里方区面点图位处带势产主板铁理质球的和"
                                                     "与是在有")
             ? "de5"
             : NULL;
}

/* 受不了, 吃得了: can. */
static const char *
choose_le (const ChineseItem *items, guint first, guint at)
{
  if (at >= first + 2 && chinese_is_in (items[at - 1].c, "不得")
      && !chinese_is_in (items[at - 2].c, PERSONS "也都"))
    return "liao3";
  return NULL;
}

/* 利润为1.35亿: is; but for 2 people something is done. */
static gboolean
is_amount (const ChineseItem *items, guint first, guint last, guint at)
{
  guint next = at + 1;

  if (at == first || next > last || !items[next].is_figure
      || chinese_is_in (items[at - 1].c, PERSONS))
    return FALSE;
  while (next <= last && items[next].is_figure)
    next++;
  return next > last || !chinese_is_in (items[next].c, "个名位");
}

const char *
chinese_choose_reading (const ChineseItem *items, guint first, guint last, guint at)
{
  const gunichar before = at > first ? items[at - 1].c : 0, after = at < last ? items[at + 1].c : 0;
  const gunichar c = items[at].c;

  if (chinese_is_in (c, "得"))
    return choose_de (items, first, last, at);
  if (chinese_is_in (c, "地"))
    return choose_di (items, first, last, at);
  if (chinese_is_in (c, "了") && choose_le (items, first, at) != NULL)
    return choose_le (items, first, at);
  if (chinese_is_in (c, "为") && is_amount (items, first, last, at))
    return "wei2";
  for (size_t i = 0; i < G_N_ELEMENTS (rules); i++)
    if (chinese_is_in (c, rules[i].c)
        && (chinese_is_in (before, rules[i].before) || chinese_is_in (after, rules[i].after)))
      return rules[i].reading;
  return NULL;
}

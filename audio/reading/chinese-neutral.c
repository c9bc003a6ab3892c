/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Syllables without a tone: words that have to be spoken so (普通話水平測試's list, the common
 * ones), suffixes, and reduplicated verbs and relatives. */

#include <string.h>

#include "audio/reading/chinese-private.h"

/* The last syllable is the neutral one. */
static const char neutral_words[] =
    "爱人 案子 巴掌 把子 爸爸 白净 班子 板子 帮手 膀子 棒槌 棒子 包袱 包涵 包子 豹子 杯子 "
    "被子 本事 本子 鼻子 比方 鞭子 扁担 辫子 别扭 饼子 脖子 簸箕 补丁 不由得 不在乎 步子 "
    "部分 财主 裁缝 苍蝇 差事 柴火 肠子 厂子 场子 车子 称呼 池子 尺子 虫子 绸子 除了 锄头 "
    "畜生 窗户 窗子 锤子 刺猬 凑合 村子 耷拉 答应 打扮 打点 打发 打量 打算 打听 大方 大爷 "
    "大夫 带子 袋子 单子 耽搁 耽误 胆子 担子 刀子 道士 稻子 灯笼 凳子 提防 笛子 底子 地道 "
    "地方 弟弟 弟兄 点心 调子 钉子 东家 东西 动静 动弹 豆腐 豆子 嘟囔 肚子 缎子 队伍 对付 "
    "对头 多么 蛾子 儿子 耳朵 贩子 房子 废物 份子 风筝 疯子 福气 斧子 盖子 甘蔗 杆子 干事 "
    "杠子 高粱 膏药 稿子 告诉 疙瘩 哥哥 胳膊 鸽子 格子 个子 根子 跟头 工夫 弓子 公公 功夫 "
    "钩子 姑姑 姑娘 谷子 骨头 故事 寡妇 褂子 怪物 关系 官司 罐头 罐子 规矩 闺女 鬼子 柜子 "
    "棍子 锅子 果子 蛤蟆 孩子 含糊 汉子 行当 合同 和尚 核桃 盒子 红火 猴子 后头 厚道 狐狸 "
    "胡琴 糊涂 皇上 幌子 胡萝卜 活泼 火候 伙计 护士 机灵 脊梁 记号 记性 夹子 家伙 架势 架子 "
    "嫁妆 尖子 茧子 剪子 见识 毽子 将就 交情 饺子 叫唤 轿子 结实 街坊 姐夫 姐姐 戒指 金子 "
    "精神 镜子 舅舅 橘子 句子 卷子 咳嗽 客气 空子 口袋 口子 扣子 窟窿 裤子 快活 筷子 框子 "
    "困难 阔气 喇叭 喇嘛 篮子 懒得 浪头 老婆 老实 老太太 老头子 老爷 老子 姥姥 累赘 篱笆 "
    "里头 力气 厉害 利落 利索 例子 栗子 痢疾 连累 帘子 凉快 粮食 料子 林子 翎子 领子 溜达 "
    "聋子 笼子 炉子 路子 轮子 萝卜 骡子 骆驼 妈妈 麻烦 麻利 麻子 马虎 码头 买卖 麦子 馒头 "
    "忙活 冒失 帽子 眉毛 媒人 妹妹 门道 眯缝 迷糊 面子 苗条 苗头 名堂 名字 明白 蘑菇 模糊 "
    "木匠 木头 那么 奶奶 难为 脑袋 脑子 能耐 你们 念叨 念头 娘家 镊子 奴才 女婿 暖和 疟疾 "
    "拍子 牌楼 牌子 盘算 盘子 胖子 狍子 盆子 朋友 棚子 脾气 皮子 痞子 屁股 片子 便宜 骗子 "
    "票子 漂亮 瓶子 婆家 婆婆 铺盖 欺负 旗子 前头 钳子 茄子 亲戚 勤快 清楚 亲家 曲子 圈子 "
    "拳头 裙子 热闹 人家 人们 认识 日子 褥子 塞子 嗓子 嫂子 扫帚 沙子 傻子 扇子 商量 晌午 "
    "上司 上头 烧饼 勺子 少爷 哨子 舌头 身子 什么 婶子 生意 牲口 绳子 师父 师傅 虱子 狮子 "
    "石匠 石榴 石头 时候 实在 拾掇 使唤 世故 似的 事情 柿子 收成 收拾 首饰 叔叔 梳子 舒服 "
    "舒坦 疏忽 爽快 思量 算计 岁数 孙子 他们 它们 她们 台子 太太 摊子 坛子 毯子 桃子 特务 "
    "梯子 蹄子 挑剔 挑子 条子 跳蚤 铁匠 亭子 头发 头子 兔子 妥当 唾沫 挖苦 娃娃 袜子 晚上 "
    "尾巴 委屈 为了 位置 位子 蚊子 稳当 我们 屋子 稀罕 席子 媳妇 喜欢 瞎子 匣子 下巴 吓唬 "
    "先生 乡下 箱子 相声 消息 小伙子 小气 小子 笑话 谢谢 心思 星星 猩猩 行李 性子 兄弟 休息 "
    "秀才 秀气 袖子 靴子 学生 学问 丫头 鸭子 衙门 哑巴 胭脂 烟筒 眼睛 燕子 秧歌 养活 样子 "
    "吆喝 妖精 钥匙 椰子 爷爷 叶子 一辈子 衣服 衣裳 椅子 意思 银子 影子 应酬 柚子 冤枉 院子 "
    "月饼 月亮 云彩 运气 在乎 咱们 早上 怎么 扎实 眨巴 栅栏 宅子 寨子 张罗 丈夫 帐篷 丈人 "
    "帐子 招呼 招牌 折腾 这个 这么 枕头 芝麻 知识 侄子 指甲 指头 种子 珠子 竹子 主意 主子 "
    "柱子 爪子 转悠 庄稼 庄子 壮实 状元 锥子 桌子 字号 自在 粽子 祖宗 嘴巴 作坊 琢磨 做作 "
    "葡萄 太阳 知道 玻璃 苹果子 西瓜子 妻子 你们 我们 咱们 孩子们 觉得 记得 显得 值得 舍得 "
    "晓得 懂得 认得 免得 省得 使得 那个 哪个 家里 夜里 心里 手里 屋里 嘴里 眼里 哪里 外头 聪明 "
    "甜头 丈母娘 耳朵 巴结 萝卜 宝贝 菩萨 琵琶 枇杷 玫瑰 荸荠 蝴蝶 老鼠 "
    "衣服 吩咐 嘱咐 佩服 舒服 熟悉 逻辑 蚂蚱 虾米 姑爷 婶婶 伯伯 嫂嫂 "
    "婆娘 星星 猩猩 宝宝 乖乖 饽饽 蝈蝈 蛐蛐 它们";

/* Words in -子 that keep their tone: people of rank, and things of science. */
static const char full_zi[] =
    "男子 女子 分子 原子 电子 孔子 孟子 老子 弟子 王子 天子 君子 才子 离子 粒子 质子 中子 量子 "
    "因子 父子 母子 亲子 独生子 莲子 瓜子 棋子 精子 卵子 赤子 游子 浪子 学子 臣子 太子 公子 长子 "
    "次子 墨子 荀子 韩非子 庄子 双子 光子 核子 孢子 女弟子 幼子 养子 义子 童子 夫子 逆子 鱼子 "
    "松子 佛子 皇子 世子 西子 骄子 仙子 妃子 反粒子 介子 电离子 负离子 高分子 大分子 小分子 "
    "积极分子 知识分子 算子 甲子 庚子 丙子 戊子 壬子 虎子 质粒子 士子 孝子 诸子 内子 外子 犬子";

/* Not from the list, for they keep the last tone. */
static const char full_words[] = "蝴蝶 老鼠 庄子 老子 莲子 瓜子 逻辑 熟悉 苹果子 西瓜子 困难 部分";

static const char verbs[] =
    "看想试走说听问写读玩坐等谈聊找学尝猜数歇逛算用帮笑查算讲练洗擦摸闻转动研";
static const char particles[] = "们么吗呢吧的了嘛啦呀";

static void
add_words (GHashTable *words, const char *list, gboolean is_in)
{
  g_auto (GStrv) each = g_strsplit (list, " ", -1);

  for (guint i = 0; each[i] != NULL; i++)
    if (is_in)
      g_hash_table_add (words, g_strdup (each[i]));
    else
      g_hash_table_remove (words, each[i]);
}

GHashTable *
chinese_make_neutral_words (void)
{
  GHashTable *words = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  add_words (words, neutral_words, TRUE);
  add_words (words, full_words, FALSE);
  return words;
}

static gboolean
is_listed (const char *word, const char *list)
{
  const size_t length = strlen (word);

  for (const char *at = strstr (list, word); at != NULL; at = strstr (at + 1, word))
    if ((at == list || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
      return TRUE;
  return FALSE;
}

void
chinese_make_neutral (AudioChinese *chinese, ChineseItem *word, size_t n_items)
{
  g_autoptr (GString) text = g_string_new (NULL);
  ChineseItem *last = &word[n_items - 1];

  if (last->is_fixed)
    return;
  for (size_t i = 0; i < n_items; i++)
    if (word[i].c != 0)
      g_string_append_unichar (text, word[i].c);
  const gboolean is_suffix =
      n_items > 1
      && ((chinese_is_in (last->c, particles) && !g_str_has_prefix (last->reading, "liao"))
          || (chinese_is_in (last->c, "子") && !is_listed (text->str, full_zi)));
  if (n_items == 3 && chinese_is_in (word[1].c, "不") && !word[1].is_fixed)
    chinese_set_tone (&word[1], 5); /* 对不起 */
  /* 没关系 ends as 关系 does. */
  const char *tail = n_items > 2 && word[n_items - 2].c != 0
                         ? g_utf8_offset_to_pointer (text->str, g_utf8_strlen (text->str, -1) - 2)
                         : text->str;
  if (is_suffix || g_hash_table_contains (chinese->neutral, text->str)
      || g_hash_table_contains (chinese->neutral, tail))
    chinese_set_tone (last, 5);
}

/* 想想, one word or two: the second loses its third tone after it has changed the first. */
void
chinese_reduce_again (ChineseItem *items, guint n)
{
  for (guint i = 1; i < n; i++) {
    ChineseItem *first = &items[i - 1], *second = &items[i];
    const gboolean ends = i + 1 == n || items[i + 1].begins_word;

    if (first->c != second->c || !chinese_is_in (second->c, verbs) || !first->begins_word || !ends
        || first->is_fixed || second->is_fixed)
      continue;
    if (chinese_get_tone (first) == 3)
      chinese_set_tone (first, 2);
    chinese_set_tone (second, 5);
  }
}

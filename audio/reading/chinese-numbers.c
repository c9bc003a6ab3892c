/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Numbers in a Chinese text as the characters that they are read as: figures, dates, times, money,
 * shares, ranges, telephone numbers, with their units. */

#include <string.h>

#include "audio/reading/chinese-private.h"

enum { MAX_DIGITS = 16 };

static const char *const figures[] = { "零", "一", "二", "三", "四", "五", "六", "七", "八", "九" };

/* Units behind a number. What has a letter is not followed by another one. */
static const char *const units[][2] = {
  { "km/h", "公里每小时" },
  { "m/s", "米每秒" },
  { "km²", "平方公里" },
  { "km2", "平方公里" },
  { "m²", "平方米" },
  { "㎡", "平方米" },
  { "m2", "平方米" },
  { "m³", "立方米" },
  { "m3", "立方米" },
  { "cm²", "平方厘米" },
  { "km", "公里" },
  { "KM", "公里" },
  { "cm", "厘米" },
  { "CM", "厘米" },
  { "mm", "毫米" },
  { "kWh", "千瓦时" },
  { "kW", "千瓦" },
  { "kg", "公斤" },
  { "KG", "公斤" },
  { "mg", "毫克" },
  { "ml", "毫升" },
  { "mL", "毫升" },
  { "ms", "毫秒" },
  { "min", "分钟" },
  { "Hz", "赫兹" },
  { "kHz", "千赫兹" },
  { "MHz", "兆赫兹" },
  { "°C", "摄氏度" },
  { "℃", "摄氏度" },
  { "°F", "华氏度" },
  { "℉", "华氏度" },
  { "°", "度" },
  { "m", "米" },
  { "g", "克" },
  { "t", "吨" },
  { "L", "升" },
  { "l", "升" },
  { "h", "小时" },
  { "s", "秒" },
  { "W", "瓦" },
  { "V", "伏" },
};

static const struct {
  const char *sign, *before, *unit;
} currencies[] = {
  { "NT$", "新台币", "元" }, { "HK$", "", "港元" }, { "US$", "", "美元" },
  { "$", "", "美元" },       { "¥", "", "元" },     { "￥", "", "元" },
  { "€", "", "欧元" },       { "£", "", "英镑" },   { "RMB", "人民币", "元" },
};

/* Before these 2 is 两. Days of a month, hours with a colon and floors are others. */
static const char measures[] =
    "个只条张位本次年天周件种块元岁倍层家台辆部份双点人分小瓶杯碗间所座首句"
    "页篇名头匹口棵朵片颗粒滴支把扇幅架艘门项段批群对套排行列场顿回遍趟轮代公"
    "米克吨升秒度磅毫平立摄千万亿两斤里尺寸英美欧港";

static size_t
count_digits (const char *text, size_t at, size_t end)
{
  size_t n = 0;

  while (at + n < end && g_ascii_isdigit (text[at + n]))
    n++;
  return n;
}

static gboolean
starts_with (const char *text, size_t at, size_t end, const char *what)
{
  const size_t n = strlen (what);

  return n <= end - at && memcmp (text + at, what, n) == 0;
}

static gunichar
get_char (const char *text, size_t at, size_t end)
{
  return at < end ? g_utf8_get_char (text + at) : 0;
}

/* One by one; of a telephone number 1 is yao. */
static void
append_figures (GString *out, const char *digits, size_t n, gboolean is_telephone)
{
  for (size_t i = 0; i < n; i++)
    if (is_telephone && digits[i] == '1')
      g_string_append (out, "幺");
    else
      g_string_append_printf (out, "=%s", figures[digits[i] - '0']);
}

/* 0 .. 9999, with zeros inside; `is_inner`: more was said before. */
static void
append_group (GString *out, int value, gboolean is_inner)
{
  static const char *const places[] = { "千", "百", "十", "" };
  static const int powers[] = { 1000, 100, 10, 1 };
  gboolean needs_zero = FALSE, has_begun = is_inner;

  for (int i = 0; i < 4; i++) {
    const int digit = value / powers[i] % 10;
    if (digit == 0) {
      needs_zero = TRUE;
      continue;
    }
    if (needs_zero && has_begun)
      g_string_append (out, "零");
    needs_zero = FALSE;
    /* Ten at the front is 十; one keeps its tone but before 百 and 千. */
    if (!(powers[i] == 10 && digit == 1 && !has_begun)) {
      if (digit == 1 && powers[i] <= 10 && (has_begun || powers[i] == 10))
        g_string_append_c (out, '=');
      g_string_append (out, digit == 2 && powers[i] == 1000 ? "两" : figures[digit]);
    }
    g_string_append (out, places[i]);
    has_begun = TRUE;
  }
}

static void
append_cardinal (GString *out, const char *digits, size_t n)
{
  static const char *const powers[] = { "", "万", "亿", "万亿" };
  gboolean has_begun = FALSE;

  while (n > 1 && *digits == '0') {
    digits++;
    n--;
  }
  if (n == 1) {
    g_string_append (out, figures[*digits - '0']);
    return;
  }
  for (size_t group = (n + 3) / 4; group-- > 0;) {
    int value = 0;
    for (size_t i = n > 4 * (group + 1) ? n - 4 * (group + 1) : 0; i < n - 4 * group; i++)
      value = value * 10 + digits[i] - '0';
    if (value == 0)
      continue;
    if (value == 2 && group > 0 && !has_begun)
      g_string_append (out, "两");
    else
      append_group (out, value, has_begun);
    g_string_append (out, powers[group]);
    has_begun = TRUE;
  }
}

/* A number with commas and a decimal part. */
typedef struct {
  char digits[MAX_DIGITS + 1];
  size_t n_digits;
  const char *fraction;
  size_t n_fraction;
  gboolean has_commas;
  size_t n_bytes; /* 0: there is none */
} Figure;

static Figure
parse_figure (const char *text, size_t at, size_t end)
{
  Figure figure = { 0 };
  size_t i = at;

  for (; i < end; i++) {
    if (text[i] == ',' && figure.n_digits > 0 && count_digits (text, i + 1, end) == 3) {
      figure.has_commas = TRUE;
      continue;
    }
    if (!g_ascii_isdigit (text[i]))
      break;
    if (figure.n_digits == MAX_DIGITS)
      return (Figure){ 0 };
    figure.digits[figure.n_digits++] = text[i];
  }
  if (figure.n_digits == 0)
    return figure;
  if (i + 1 < end && text[i] == '.' && g_ascii_isdigit (text[i + 1])) {
    figure.fraction = text + i + 1;
    figure.n_fraction = count_digits (text, i + 1, end);
    i += 1 + figure.n_fraction;
  }
  figure.n_bytes = i - at;
  return figure;
}

static void
append_figure (GString *out, const Figure *figure)
{
  if (figure->n_fraction > 0 && figure->n_digits == 1 && figure->digits[0] == '1')
    g_string_append_c (out, '=');
  append_cardinal (out, figure->digits, figure->n_digits);
  if (figure->n_fraction > 0) {
    g_string_append (out, "点");
    append_figures (out, figure->fraction, figure->n_fraction, FALSE);
  }
}

/* 2 before a measure. */
static void
append_counted (GString *out, const Figure *figure, gunichar measure)
{
  if (figure->n_fraction == 0 && figure->n_digits == 1 && figure->digits[0] == '2'
      && chinese_is_in (measure, measures))
    g_string_append (out, "两");
  else
    append_figure (out, figure);
}

const char *
chinese_find_unit (const char *text, size_t at, size_t end, size_t *n_bytes)
{
  size_t space = at < end && text[at] == ' ' ? 1 : 0;

  for (size_t i = 0; i < G_N_ELEMENTS (units); i++) {
    const size_t n = strlen (units[i][0]);
    if (starts_with (text, at + MIN (space, end - at), end, units[i][0])
        && !(g_ascii_isalpha (units[i][0][n - 1]) && at + space + n < end
             && g_ascii_isalnum (text[at + space + n]))) {
      *n_bytes = space + n;
      return units[i][1];
    }
  }
  return NULL;
}

/* 2026-11-22, 2026/11/22 */
static size_t
read_date (GString *out, const char *text, size_t at, size_t end)
{
  const size_t n_year = count_digits (text, at, end);
  size_t i = at + n_year;

  if (n_year != 4 || i >= end || strchr ("-/.", text[i]) == NULL)
    return 0;
  const char mark = text[i++];
  const size_t month = i, n_month = count_digits (text, i, end);
  i += n_month;
  if (n_month < 1 || n_month > 2 || i >= end || text[i] != mark)
    return 0;
  const size_t day = ++i, n_day = count_digits (text, i, end);
  if (n_day < 1 || n_day > 2)
    return 0;
  append_figures (out, text + at, 4, FALSE);
  g_string_append (out, "年");
  append_cardinal (out, text + month, n_month);
  g_string_append (out, "月");
  append_cardinal (out, text + day, n_day);
  g_string_append (out, "日");
  return i + n_day - at;
}

/* 9:05, 10:30:15 */
static size_t
read_time (GString *out, const char *text, size_t at, size_t end)
{
  const size_t n_hour = count_digits (text, at, end);
  const size_t minute = at + n_hour + 1;

  if (n_hour < 1 || n_hour > 2 || minute >= end
      || !(text[minute - 1] == ':' && count_digits (text, minute, end) == 2)
      || g_ascii_strtoull (text + at, NULL, 10) > 24 || text[minute] > '5')
    return 0;
  const gboolean is_two = g_ascii_strtoull (text + at, NULL, 10) == 2;
  if (is_two)
    g_string_append (out, "两");
  else
    append_cardinal (out, text + at, n_hour);
  g_string_append (out, "点");
  const gboolean has_seconds =
      minute + 4 < end && text[minute + 2] == ':' && count_digits (text, minute + 3, end) == 2;
  const gboolean is_full = memcmp (text + minute, "00", 2) == 0;
  if (!is_full || has_seconds) {
    if (text[minute] == '0')
      g_string_append (out, "零");
    if (!is_full)
      append_cardinal (out, text + minute, 2);
    g_string_append (out, "分");
  }
  if (!has_seconds)
    return n_hour + 3;
  append_cardinal (out, text + minute + 3, 2);
  g_string_append (out, "秒");
  return n_hour + 6;
}

/* Figures in groups: 0912-345-678, 138 0013 8000, and 11 figures that begin with 1. */
static size_t
read_telephone (GString *out, const char *text, size_t at, size_t end)
{
  size_t i = at, n_groups = 0, n_all = 0;

  while (count_digits (text, i, end) > 0) {
    const size_t n = count_digits (text, i, end);
    n_all += n;
    n_groups++;
    i += n;
    if (i + 1 < end && (text[i] == '-' || text[i] == ' ') && count_digits (text, i + 1, end) >= 3)
      i++;
    else
      break;
  }
  const gboolean is_mobile = n_groups == 1 && n_all == 11 && text[at] == '1';
  const gboolean is_grouped = n_groups > 1 && n_all >= 7 && (text[at] == '0' || n_groups > 2);
  if (!is_mobile && !is_grouped)
    return 0;
  for (size_t j = at; j < i; j++)
    if (g_ascii_isdigit (text[j]))
      append_figures (out, text + j, 1, TRUE);
  return i - at;
}

/* Whether the text before says that figures are read one by one. */
static gboolean
is_code (const char *text, size_t at)
{
  static const char *const signs[] = { "电话", "電話", "手机", "手機", "号码", "號碼", "密码",
                                       "密碼", "拨打", "撥打", "邮编", "编号", "編號", "热线",
                                       "房间", "房間", "车牌", "車牌", "航班", "拨",   "撥" };
  g_autofree char *before = g_strndup (text + (at > 12 ? at - 12 : 0), MIN (at, 12));

  for (size_t i = 0; i < G_N_ELEMENTS (signs); i++) {
    const char *found = g_strrstr (before, signs[i]);
    if (found == NULL)
      continue;
    const char *rest = found + strlen (signs[i]);
    if (*rest == '\0' || strcmp (rest, "是") == 0 || strcmp (rest, "：") == 0
        || strcmp (rest, ":") == 0 || strcmp (rest, " ") == 0 || strcmp (rest, "為") == 0)
      return TRUE;
  }
  return FALSE;
}

/* Numbers that one calls for help. */
static gboolean
is_emergency (const char *text, size_t at, size_t end)
{
  static const char *const numbers[] = { "110", "119", "120", "113", "122" };
  static const char *const before[] = { "打", "拨", "撥" };
  static const char *const after[] = { "报警", "報警", "急救", "专线", "專線" };
  gboolean is_one = FALSE, is_called = FALSE;

  for (size_t i = 0; i < G_N_ELEMENTS (numbers); i++)
    is_one = is_one || starts_with (text, at, end, numbers[i]);
  for (size_t i = 0; i < G_N_ELEMENTS (before); i++)
    is_called = is_called
                || (at >= strlen (before[i])
                    && starts_with (text, at - strlen (before[i]), end, before[i]));
  for (size_t i = 0; is_one && i < G_N_ELEMENTS (after); i++)
    is_called = is_called || starts_with (text, at + 3, end, after[i]);
  return is_one && is_called && count_digits (text, at, end) == 3;
}

/* 3/4, 50%, 3-5, 3:2, 2×3: what follows a first figure; 0 if it is none of them. */
static size_t
read_relation (GString *out, const Figure *first, const char *text, size_t at, size_t end)
{
  static const char *const relations[][2] = {
    { "-", "到" },   { "–", "到" },   { "—", "到" }, { "~", "到" }, { "～", "到" }, { ":", "比" },
    { "：", "比" },  { "比", "比" },  { "×", "乘" }, { "*", "乘" }, { "x", "乘" },  { "+", "加" },
    { "÷", "除以" }, { "=", "等于" }, { "/", NULL }, { "−", "减" },
  };
  size_t i = at + first->n_bytes;

  for (size_t r = 0; r < G_N_ELEMENTS (relations); r++) {
    if (!starts_with (text, i, end, relations[r][0]))
      continue;
    const size_t n_mark = strlen (relations[r][0]);
    const Figure second = parse_figure (text, i + n_mark, end);
    if (second.n_bytes == 0)
      return 0;
    if (relations[r][1] == NULL) { /* three quarters: of four parts three */
      append_figure (out, &second);
      g_string_append (out, "分之");
      append_figure (out, first);
      return first->n_bytes + n_mark + second.n_bytes;
    }
    if (first->n_digits == 1 && first->digits[0] == '1' && first->n_fraction == 0)
      g_string_append_c (out, '=');
    append_figure (out, first);
    g_string_append (out, relations[r][1]);
    return first->n_bytes + n_mark; /* the second is the next number */
  }
  return 0;
}

/* The second of 3:1 and 3比1, whose 1 keeps its tone. */
static gboolean
ends_ratio (const char *text, size_t at)
{
  static const char *const signs[] = { ":", "：", "比" };

  for (size_t i = 0; i < G_N_ELEMENTS (signs); i++) {
    const size_t n = strlen (signs[i]);
    if (at > n && memcmp (text + at - n, signs[i], n) == 0 && g_ascii_isdigit (text[at - n - 1]))
      return TRUE;
  }
  return FALSE;
}

/* A share or a plain number, with its unit. */
static size_t
read_quantity (GString *out, const char *text, size_t at, size_t end)
{
  const Figure figure = parse_figure (text, at, end);
  size_t n = figure.n_bytes, n_unit;

  if (n == 0)
    return 0;
  static const char *const shares[][2] = { { "%", "百分之" },
                                           { "％", "百分之" },
                                           { "‰", "千分之" } };
  for (size_t i = 0; i < G_N_ELEMENTS (shares); i++)
    if (starts_with (text, at + n, end, shares[i][0])) {
      g_string_append (out, shares[i][1]);
      append_figure (out, &figure);
      return n + strlen (shares[i][0]);
    }
  const size_t n_relation = read_relation (out, &figure, text, at, end);
  if (n_relation > 0)
    return n_relation;
  const gunichar next = get_char (text, at + n, end);
  const char *unit = chinese_find_unit (text, at + n, end, &n_unit);
  const gboolean is_year =
      chinese_is_in (next, "年") && figure.n_fraction == 0
      && (figure.n_digits == 4
          || (figure.n_digits == 2 && (figure.digits[0] == '0' || figure.digits[0] > '5')));
  const gboolean is_decade = chinese_is_in (next, "后後") && figure.n_digits == 2;
  const gboolean is_discount = chinese_is_in (next, "折") && figure.n_digits == 2;
  if (unit != NULL) {
    append_counted (out, &figure, g_utf8_get_char (unit));
    g_string_append (out, unit);
    return n + n_unit;
  }
  if (is_year || is_decade || is_discount
      || (figure.n_digits > 1 && figure.digits[0] == '0' && figure.n_fraction == 0)) {
    append_figures (out, figure.digits, figure.n_digits, FALSE);
    return n;
  }
  if (n == 1 && text[at] == '1' && ends_ratio (text, at))
    g_string_append_c (out, '=');
  if (at >= strlen ("第") && starts_with (text, at - strlen ("第"), end, "第"))
    append_figure (out, &figure); /* the second is no count of two */
  else
    append_counted (out, &figure, next);
  return n;
}

/* The unit may stand behind the sum once more: NT$100元. */
static size_t
measure_unit_again (const char *text, size_t at, size_t end, const char *unit)
{
  static const char *const names[] = { "元", "块", "塊", "圆", "圓" };

  if (starts_with (text, at, end, unit))
    return strlen (unit);
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    if (starts_with (text, at, end, names[i]))
      return strlen (names[i]);
  return 0;
}

/* ¥3.5, NT$100 */
static size_t
read_money (GString *out, const char *text, size_t at, size_t end)
{
  static const char scales[] = "万亿萬億千百";

  for (size_t i = 0; i < G_N_ELEMENTS (currencies); i++) {
    if (!starts_with (text, at, end, currencies[i].sign))
      continue;
    const size_t n_sign = strlen (currencies[i].sign);
    const Figure figure = parse_figure (text, at + n_sign, end);
    if (figure.n_bytes == 0)
      return 0;
    size_t n = n_sign + figure.n_bytes;
    g_string_append (out, currencies[i].before);
    const gunichar scale = get_char (text, at + n, end);
    append_counted (out, &figure, chinese_is_in (scale, scales) ? scale : '\0');
    if (figure.n_digits == 1 && figure.digits[0] == '2' && figure.n_fraction == 0
        && !chinese_is_in (scale, scales)) {
      g_string_truncate (out, out->len - strlen ("二"));
      g_string_append (out, "两");
    }
    while (chinese_is_in (get_char (text, at + n, end), scales)) {
      g_string_append_unichar (out, get_char (text, at + n, end));
      n += strlen ("万");
    }
    g_string_append (out, currencies[i].unit);
    return n + measure_unit_again (text, at + n, end, currencies[i].unit);
  }
  return 0;
}

/* -5, −5°C: only where nothing stands before that it could be a dash of. */
static size_t
read_negative (GString *out, const char *text, size_t at, size_t end)
{
  const size_t n_sign = starts_with (text, at, end, "-")   ? 1
                        : starts_with (text, at, end, "−") ? strlen ("−")
                                                           : 0;
  size_t n_unit = 0;

  if (n_sign == 0 || (at > 0 && g_ascii_isalnum (text[at - 1])))
    return 0;
  const Figure figure = parse_figure (text, at + n_sign, end);
  if (figure.n_bytes == 0)
    return 0;
  const char *unit = chinese_find_unit (text, at + n_sign + figure.n_bytes, end, &n_unit);
  const gboolean is_cold =
      unit != NULL && g_str_has_suffix (unit, "度") && !g_str_equal (unit, "度");
  g_string_append (out, is_cold ? "零下" : "负");
  return n_sign + read_quantity (out, text, at + n_sign, end);
}

/* ±3, ≥5 */
static size_t
read_sign (GString *out, const char *text, size_t at, size_t end)
{
  static const char *const signs[][2] = {
    { "±", "正负" }, { "≥", "大于等于" }, { "≤", "小于等于" }, { "≈", "约等于" }, { "≠", "不等于" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (signs); i++) {
    const size_t n = strlen (signs[i][0]);
    if (starts_with (text, at, end, signs[i][0]) && count_digits (text, at + n, end) > 0) {
      g_string_append (out, signs[i][1]);
      return n;
    }
  }
  return 0;
}

char *
chinese_read_number (const char *text, size_t at, size_t end, size_t *n_bytes)
{
  static size_t (*const readers[]) (GString *, const char *, size_t,
                                    size_t) = { read_money, read_negative,  read_sign,    read_date,
                                                read_time,  read_telephone, read_quantity };
  g_autoptr (GString) out = g_string_new (NULL);
  const size_t n_plain = count_digits (text, at, end);
  size_t n = 0;

  if (n_plain > 0 && (is_code (text, at) || is_emergency (text, at, end))) {
    n = read_telephone (out, text, at, end);
    if (n == 0)
      append_figures (out, text + at, n = n_plain, TRUE);
  }
  for (size_t i = 0; n == 0 && i < G_N_ELEMENTS (readers); i++)
    n = readers[i](out, text, at, end);
  if (n == 0 && n_plain > 0) /* too long for a number */
    append_figures (out, text + at, n = n_plain, FALSE);
  *n_bytes = n;
  return n > 0 ? g_string_free (g_steal_pointer (&out), FALSE) : NULL;
}

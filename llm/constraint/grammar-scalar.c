/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Strings and numbers of JSON [RFC 8259], byte by byte. */

#include "llm/constraint/grammar-private.h"

/* Digits before the point: with six after it a value still fits 64 bits. */
#define MAX_DIGITS_INTEGER 15
#define MAX_DIGITS_DECIMAL 12

enum { STRING_START, STRING_CONTENT = LLM_STRING_CONTENT, STRING_ESCAPE, STRING_HEX, STRING_UTF8 };

/* The first byte of a character of two to four bytes; sub counts those that follow, value holds the
 * range of the next one [Unicode 15, table 3-7]. */
static LlmStep
begin_utf8 (LlmFrame *frame, uint8_t byte)
{
  int low = 0x80, high = 0xBF;

  if (byte < 0xC2 || byte > 0xF4)
    return LLM_STEP_DEAD;
  frame->sub = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
  if (byte == 0xE0)
    low = 0xA0;
  else if (byte == 0xED)
    high = 0x9F;
  else if (byte == 0xF0)
    low = 0x90;
  else if (byte == 0xF4)
    high = 0x8F;
  frame->value = low << 8 | high;
  frame->phase = STRING_UTF8;
  return LLM_STEP_INSIDE;
}

static LlmStep
end_character (LlmFrame *frame)
{
  frame->phase = STRING_CONTENT;
  frame->count++;
  frame->sub = 0;
  frame->value = 0;
  return LLM_STEP_INSIDE;
}

static LlmStep
string_content (const LlmNode *node, LlmFrame *frame, uint8_t byte)
{
  if (byte == '"')
    return frame->count >= node->least ? LLM_STEP_DONE : LLM_STEP_DEAD;
  if (frame->count >= node->most || byte < 0x20)
    return LLM_STEP_DEAD;
  if (byte == '\\') {
    frame->phase = STRING_ESCAPE;
    return LLM_STEP_INSIDE;
  }
  return byte < 0x80 ? end_character (frame) : begin_utf8 (frame, byte);
}

/* \uXXXX: neither NUL, which C strings cannot hold, nor half a pair of surrogates. */
static LlmStep
string_hex (LlmFrame *frame, uint8_t byte)
{
  int digit = g_ascii_xdigit_value ((char) byte);

  if (digit < 0 || (frame->sub == 1 && frame->value == 0xD && digit >= 8)
      || (frame->sub == 3 && frame->value == 0 && digit == 0))
    return LLM_STEP_DEAD;
  frame->value = frame->value << 4 | digit;
  return ++frame->sub == 4 ? end_character (frame) : LLM_STEP_INSIDE;
}

LlmStep
llm_string_step (const LlmNode *node, LlmFrame *frame, uint8_t byte)
{
  switch (frame->phase) {
  case STRING_START:
    frame->phase = STRING_CONTENT;
    return byte == '"' ? LLM_STEP_INSIDE : LLM_STEP_DEAD;
  case STRING_CONTENT:
    return string_content (node, frame, byte);
  case STRING_ESCAPE:
    if (byte == 'u') {
      frame->phase = STRING_HEX;
      return LLM_STEP_INSIDE;
    }
    if (byte == '"' || byte == '\\' || byte == '/' || byte == 'b' || byte == 'f' || byte == 'n'
        || byte == 'r' || byte == 't')
      return end_character (frame);
    return LLM_STEP_DEAD;
  case STRING_HEX:
    return string_hex (frame, byte);
  case STRING_UTF8:
  default:
    if (byte < frame->value >> 8 || byte > (frame->value & 0xFF))
      return LLM_STEP_DEAD;
    frame->value = 0x80 << 8 | 0xBF;
    return --frame->sub == 0 ? end_character (frame) : LLM_STEP_INSIDE;
  }
}

/* A number: value holds its digits so far, count those before the point, sub those after it. */
enum { NUMBER_START, NUMBER_MINUS, NUMBER_DIGITS, NUMBER_POINT, NUMBER_FRACTION };
#define NEGATIVE 0x80000000u
#define N_DIGITS(frame) ((frame)->count & ~NEGATIVE)

static int64_t
power_of_ten (int exponent)
{
  int64_t power = 1;

  while (exponent-- > 0)
    power *= 10;
  return power;
}

/* Whether [low, high], or its negation, meets the node's range. There is no minus zero. */
static gboolean
meets (const LlmNode *node, gboolean negative, int64_t low, int64_t high)
{
  if (negative)
    return -high <= node->most && -MAX (low, 1) >= node->least && high >= 1;
  return low <= node->most && high >= node->least;
}

/* Whether the digits so far can be gone on with to a value of the range. */
static gboolean
is_feasible (const LlmNode *node, const LlmFrame *frame)
{
  gboolean negative = (frame->count & NEGATIVE) != 0;
  int64_t unit = power_of_ten (node->n_fraction);
  int n_digits = (int) N_DIGITS (frame);
  int room = (node->n_fraction == 0 ? MAX_DIGITS_INTEGER : MAX_DIGITS_DECIMAL) - n_digits;

  if (frame->phase >= NUMBER_POINT) {
    int64_t rest = power_of_ten (node->n_fraction - frame->sub);

    return meets (node, negative, frame->value * rest, frame->value * rest + rest - 1);
  }
  if (room < 0)
    return FALSE;
  if (frame->value == 0 && n_digits > 0)
    room = 0;
  for (int more = 0; more <= room; more++) {
    int64_t power = power_of_ten (more);

    if (meets (node, negative, frame->value * power * unit,
               (frame->value * power + power) * unit - 1))
      return TRUE;
  }
  return FALSE;
}

gboolean
llm_number_may_end (const LlmNode *node, const LlmFrame *frame)
{
  gboolean negative = (frame->count & NEGATIVE) != 0;
  int64_t value = frame->value * power_of_ten (node->n_fraction - frame->sub);

  if (frame->phase != NUMBER_DIGITS && frame->phase != NUMBER_FRACTION)
    return FALSE;
  return meets (node, negative, value, value);
}

LlmStep
llm_number_step (const LlmNode *node, LlmFrame *frame, uint8_t byte)
{
  if (byte == '-' && frame->phase == NUMBER_START) {
    frame->phase = NUMBER_MINUS;
    frame->count |= NEGATIVE;
  } else if (byte == '.' && frame->phase == NUMBER_DIGITS && node->n_fraction > 0) {
    frame->phase = NUMBER_POINT;
  } else if (g_ascii_isdigit ((char) byte)) {
    if (frame->phase >= NUMBER_POINT) {
      if (frame->sub >= node->n_fraction)
        return LLM_STEP_DEAD;
      frame->sub++;
      frame->phase = NUMBER_FRACTION;
    } else {
      if (frame->phase == NUMBER_DIGITS && frame->value == 0)
        return LLM_STEP_DEAD;
      frame->count++;
      frame->phase = NUMBER_DIGITS;
    }
    frame->value = frame->value * 10 + (byte - '0');
  } else {
    return LLM_STEP_DEAD;
  }
  return is_feasible (node, frame) ? LLM_STEP_INSIDE : LLM_STEP_DEAD;
}

gboolean
llm_number_is_possible (const LlmNode *node)
{
  LlmFrame frame = { 0 };

  if (node->least > node->most)
    return FALSE;
  if (is_feasible (node, &frame))
    return TRUE;
  frame.count = NEGATIVE;
  return is_feasible (node, &frame);
}

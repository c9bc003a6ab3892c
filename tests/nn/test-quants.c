/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Dequantisation and rounding against tests/golden/nn/quants.txt (tools/goldens/quants). */

#include <math.h>
#include <string.h>

#include <glib.h>

#include "nn/gguf/type.h"

static const NnType all_types[] = { NN_TYPE_F32,  NN_TYPE_F16,    NN_TYPE_BF16,  NN_TYPE_Q8_0,
                                    NN_TYPE_Q4_0, NN_TYPE_Q4_1,   NN_TYPE_Q5_0,  NN_TYPE_Q5_1,
                                    NN_TYPE_Q2_K, NN_TYPE_Q3_K,   NN_TYPE_Q4_K,  NN_TYPE_Q5_K,
                                    NN_TYPE_Q6_K, NN_TYPE_IQ4_NL, NN_TYPE_IQ4_XS };

static char **
golden_lines (void)
{
  g_autofree char *path = g_build_filename (g_getenv ("HEARSAY_SOURCE_ROOT"), "tests", "golden",
                                            "nn", "quants.txt", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return g_strsplit (text, "\n", -1);
}

static uint32_t
hex (const char *word)
{
  return (uint32_t) g_ascii_strtoull (word, NULL, 16);
}

static void
test_dequantize (gconstpointer data)
{
  NnType type = (NnType) GPOINTER_TO_UINT (data);
  const char *name = nn_type_info (type)->name;
  g_auto (GStrv) lines = golden_lines ();
  g_autofree char *start = g_strdup_printf ("block %s ", name);
  size_t i = 0;

  while (lines[i] != NULL && !g_str_has_prefix (lines[i], start))
    i++;
  g_assert_nonnull (lines[i]);
  const char *digits = lines[i] + strlen (start);
  size_t n_bytes = strlen (digits) / 2;
  /* At an odd address: rows in a file need not be aligned. */
  g_autofree uint8_t *memory = g_malloc (n_bytes + 1);
  uint8_t *blocks = memory + 1;
  for (size_t b = 0; b < n_bytes; b++)
    blocks[b] = (uint8_t) (g_ascii_xdigit_value (digits[2 * b]) << 4
                           | g_ascii_xdigit_value (digits[2 * b + 1]));
  g_auto (GStrv) words = g_strsplit (lines[i + 1], " ", -1);
  g_assert_cmpstr (words[0], ==, "values");
  size_t n_values = g_strv_length (words) - 1;
  g_assert_cmpuint (nn_type_row_bytes (type, n_values), ==, n_bytes);
  g_autofree float *values = g_new (float, n_values);
  nn_dequantize_row (type, blocks, values, n_values);
  for (size_t v = 0; v < n_values; v++) {
    uint32_t bits = hex (words[v + 1]);
    float expected;

    memcpy (&expected, &bits, sizeof expected);
    g_assert_cmpfloat (values[v], ==, expected);
  }
}

static void
test_rounding (void)
{
  g_auto (GStrv) lines = golden_lines ();
  int n_f16 = 0, n_bf16 = 0;

  for (size_t i = 0; lines[i] != NULL; i++) {
    gboolean is_f16 = g_str_has_prefix (lines[i], "f16 ");

    if (!is_f16 && !g_str_has_prefix (lines[i], "bf16 "))
      continue;
    g_auto (GStrv) words = g_strsplit (lines[i], " ", -1);
    uint32_t bits = hex (words[1]);
    float value;
    memcpy (&value, &bits, sizeof value);
    uint16_t half = is_f16 ? nn_f16_from_f32 (value) : nn_bf16_from_f32 (value);
    if (half != hex (words[2]))
      g_error ("%s: found %04x", lines[i], half);
    n_f16 += is_f16;
    n_bf16 += !is_f16;
  }
  g_assert_cmpint (n_f16, >, 40);
  g_assert_cmpint (n_bf16, >, 40);
}

/* Every half is a float, and goes back to itself; NaN stays NaN. */
static void
test_round_trip (void)
{
  for (uint32_t half = 0; half < 65536; half++) {
    float value = nn_f16_to_f32 ((uint16_t) half), brain = nn_bf16_to_f32 ((uint16_t) half);

    g_assert_cmpint (isnan (value) != 0, ==, (half & 0x7fff) > 0x7c00);
    g_assert_cmpint (isnan (brain) != 0, ==, (half & 0x7fff) > 0x7f80);
    if (isnan (value))
      g_assert_true (isnan (nn_f16_to_f32 (nn_f16_from_f32 (value))));
    else
      g_assert_cmphex (nn_f16_from_f32 (value), ==, half);
    if (isnan (brain))
      g_assert_true (isnan (nn_bf16_to_f32 (nn_bf16_from_f32 (brain))));
    else
      g_assert_cmphex (nn_bf16_from_f32 (brain), ==, half);
  }
}

static void
test_info (void)
{
  static const uint32_t unknown[] = { 4, 5, 9, 15, 16, 27, 28, 29, 31, 100, 0xffffffff };

  for (size_t i = 0; i < G_N_ELEMENTS (unknown); i++)
    g_assert_null (nn_type_info (unknown[i]));
  g_assert_cmpstr (nn_type_info (NN_TYPE_I32)->name, ==, "I32");
  g_assert_cmpuint (nn_type_row_bytes (NN_TYPE_Q4_K, 512), ==, 288);
  g_assert_cmpuint (nn_type_row_bytes (NN_TYPE_Q4_1, 0), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (all_types); i++) {
    g_autofree char *path = g_strdup_printf ("/quants/%s", nn_type_info (all_types[i])->name);

    g_test_add_data_func (path, GUINT_TO_POINTER (all_types[i]), test_dequantize);
  }
  g_test_add_func ("/quants/rounding", test_rounding);
  g_test_add_func ("/quants/round-trip", test_round_trip);
  g_test_add_func ("/quants/info", test_info);
  return g_test_run ();
}

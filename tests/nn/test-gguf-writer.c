/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What is written is read back: metadata, and tensors of each type within its precision. */

#include <math.h>

#include "nn/gguf/gguf-writer.h"

enum { WIDTH = 64, ROWS = 3 };

static void
fill (float *values)
{
  for (int i = 0; i < WIDTH * ROWS; i++)
    values[i] = sinf (0.37f * (float) i) * (float) (1 + i / WIDTH);
}

static NnGguf *
write_all (void)
{
  static const char *const strings[] = { "one", "", "聽說" };
  g_autoptr (NnGgufWriter) writer = nn_gguf_writer_new ("test");
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  float values[WIDTH * ROWS];
  NnGguf *gguf;

  fill (values);
  nn_gguf_writer_add_string (writer, "text", "a “word”");
  nn_gguf_writer_add_strings (writer, "texts", strings, G_N_ELEMENTS (strings));
  nn_gguf_writer_add_int (writer, "number", -7);
  nn_gguf_writer_add_double (writer, "real", 0.1);
  nn_gguf_writer_add_matrix (writer, "vector", NN_TYPE_F32, 5, 0, values);
  nn_gguf_writer_add_matrix (writer, "half", NN_TYPE_F16, WIDTH, ROWS, values);
  nn_gguf_writer_add_matrix (writer, "codes", NN_TYPE_Q8_0, WIDTH, ROWS, values);
  bytes = nn_gguf_writer_finish (writer);
  gguf = nn_gguf_new_from_bytes (bytes, "written", &error);
  g_assert_no_error (error);
  return gguf;
}

static void
test_metadata (void)
{
  g_autoptr (NnGguf) gguf = write_all ();
  const NnGgufString *strings;
  int64_t number;
  double real;
  size_t n;

  g_assert_cmpstr (nn_gguf_get_string (gguf, "general.architecture", NULL), ==, "test");
  g_assert_cmpstr (nn_gguf_get_string (gguf, "text", NULL), ==, "a “word”");
  g_assert_true (nn_gguf_get_int (gguf, "number", &number, NULL));
  g_assert_cmpint (number, ==, -7);
  g_assert_true (nn_gguf_get_double (gguf, "real", &real, NULL));
  g_assert_cmpfloat (real, ==, 0.1);
  strings = nn_gguf_get_strings (gguf, "texts", &n, NULL);
  g_assert_cmpuint (n, ==, 3);
  g_assert_cmpmem (strings[2].data, strings[2].length, "聽說", 6);
  g_assert_cmpuint (strings[1].length, ==, 0);
}

/* The largest value of a block of 32 decides how fine its codes are. */
static void
test_tensors (void)
{
  static const struct {
    const char *name;
    double tolerance;
  } matrices[] = { { "half", 1e-3 }, { "codes", 1.0 / 127 } };
  g_autoptr (NnGguf) gguf = write_all ();
  float values[WIDTH * ROWS], row[WIDTH];

  fill (values);
  const NnTensor *vector = nn_gguf_require (gguf, "vector", 1, (int64_t[]){ 5 }, NULL);
  g_assert_nonnull (vector);
  g_assert_cmpmem (vector->data, 5 * sizeof (float), values, 5 * sizeof (float));
  for (size_t m = 0; m < G_N_ELEMENTS (matrices); m++) {
    const NnTensor *tensor =
        nn_gguf_require (gguf, matrices[m].name, 2, (int64_t[]){ WIDTH, ROWS }, NULL);

    g_assert_nonnull (tensor);
    for (int r = 0; r < ROWS; r++) {
      const size_t row_bytes = nn_type_row_bytes (tensor->type, WIDTH);

      nn_dequantize_row (tensor->type, (const char *) tensor->data + (size_t) r * row_bytes, row,
                         WIDTH);
      for (int i = 0; i < WIDTH; i++)
        g_assert_cmpfloat_with_epsilon (row[i], values[r * WIDTH + i],
                                        matrices[m].tolerance * (r + 1));
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gguf-writer/metadata", test_metadata);
  g_test_add_func ("/gguf-writer/tensors", test_tensors);
  return g_test_run ();
}

/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The GGUF reader: what was written is read back, and no broken file passes or crashes. */

#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#include "nn/gguf/gguf.h"
#include "tests/support/gguf-builder.h"

static const float values[12] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };

/* One key of each kind and tensors of three types. */
static GgufBuilder *
small_file (void)
{
  static const char *const words[] = { "a", "", "long enough" };
  static const int32_t ints[] = { 1, -2, G_MAXINT32 };
  static const int64_t dims[] = { 4, 3 }, row[] = { 32 };
  uint8_t block[34] = { 0x00, 0x3c, 7 }; /* Q8_0: scale 1, first value 7 */
  GgufBuilder *builder = gguf_builder_new ();

  gguf_builder_add_string (builder, "general.architecture", "test");
  gguf_builder_add_u32 (builder, "u32", 7);
  gguf_builder_add_f32 (builder, "f32", 0.5f);
  gguf_builder_add_boolean (builder, "yes", TRUE);
  gguf_builder_add_strings (builder, "words", words, G_N_ELEMENTS (words));
  gguf_builder_add_ints (builder, "ints", ints, G_N_ELEMENTS (ints));
  gguf_builder_add_floats (builder, "floats", values, 3);
  gguf_builder_add_f32_tensor (builder, "matrix", 2, dims, values);
  gguf_builder_add_tensor (builder, "quantised", NN_TYPE_Q8_0, 1, row, block, sizeof block);
  gguf_builder_add_f32_tensor (builder, "vector", 1, dims, values);
  return builder;
}

static NnGguf *
open_builder (const GgufBuilder *builder, GError **error)
{
  g_autoptr (GBytes) bytes = gguf_builder_build (builder);

  return nn_gguf_new_from_bytes (bytes, "test.gguf", error);
}

/* The file is refused with this code, and the message has both words. */
static void
assert_refused (const GgufBuilder *builder, int code, const char *word, const char *other)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NnGguf) gguf = open_builder (builder, &error);

  g_assert_null (gguf);
  g_assert_error (error, NN_ERROR, code);
  g_test_message ("%s", error->message);
  g_assert_true (g_str_has_prefix (error->message, "test.gguf: "));
  g_assert_nonnull (strstr (error->message, word));
  g_assert_nonnull (strstr (error->message, other));
  g_assert_null (strchr (error->message, '\n'));
}

static void
assert_all_values (const NnGguf *gguf)
{
  g_autoptr (GError) error = NULL;
  int64_t integer = 0;
  double number = 0;
  gboolean yes = FALSE;
  size_t n = 0;

  g_assert_cmpstr (nn_gguf_get_string (gguf, "general.architecture", &error), ==, "test");
  g_assert_true (nn_gguf_get_int (gguf, "u32", &integer, &error));
  g_assert_cmpint (integer, ==, 7);
  g_assert_true (nn_gguf_get_double (gguf, "f32", &number, &error));
  g_assert_cmpfloat (number, ==, 0.5);
  g_assert_true (nn_gguf_get_boolean (gguf, "yes", &yes, &error));
  g_assert_true (yes);
  const NnGgufString *words = nn_gguf_get_strings (gguf, "words", &n, &error);
  g_assert_cmpuint (n, ==, 3);
  g_assert_cmpmem (words[0].data, words[0].length, "a", 1);
  g_assert_cmpuint (words[1].length, ==, 0);
  g_assert_cmpmem (words[2].data, words[2].length, "long enough", 11);
  const int32_t *ints = nn_gguf_get_ints (gguf, "ints", &n, &error);
  g_assert_cmpuint (n, ==, 3);
  g_assert_cmpint (ints[1], ==, -2);
  g_assert_cmpint (ints[2], ==, G_MAXINT32);
  const float *floats = nn_gguf_get_floats (gguf, "floats", &n, &error);
  g_assert_cmpmem (floats, n * sizeof *floats, values, 3 * sizeof *values);
  g_assert_no_error (error);
}

static void
assert_all_tensors (const NnGguf *gguf)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (nn_gguf_get_n_tensors (gguf), ==, 3);
  const NnTensor *matrix = nn_gguf_require (gguf, "matrix", 2, (int64_t[]){ 4, 3 }, &error);
  g_assert_no_error (error);
  g_assert_true (matrix == nn_gguf_get_tensor (gguf, 0));
  g_assert_cmpint (matrix->type, ==, NN_TYPE_F32);
  g_assert_cmpint (matrix->dims[2], ==, 1);
  g_assert_cmpint (matrix->dims[3], ==, 1);
  g_assert_cmpuint ((uintptr_t) matrix->data % 8, ==, 0);
  g_assert_cmpmem (matrix->data, matrix->n_bytes, values, sizeof values);
  const NnTensor *quantised = nn_gguf_find (gguf, "quantised");
  g_assert_cmpuint (quantised->n_bytes, ==, 34);
  float row[32];
  nn_dequantize_row (quantised->type, quantised->data, row, 32);
  g_assert_cmpfloat (row[0], ==, 7);
  g_assert_cmpfloat (row[1], ==, 0);
}

static void
test_read_back (void)
{
  g_autoptr (GgufBuilder) builder = small_file ();
  g_autoptr (GError) error = NULL;

  for (uint32_t version = 2; version <= 3; version++) {
    gguf_builder_set_version (builder, version);
    g_autoptr (NnGguf) gguf = open_builder (builder, &error);
    g_assert_no_error (error);
    assert_all_values (gguf);
    assert_all_tensors (gguf);
  }
}

static void
test_mapped_file (void)
{
  g_autoptr (GgufBuilder) builder = small_file ();
  g_autoptr (GError) error = NULL;
  g_autofree char *dir = g_dir_make_tmp ("hearsay-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "small.gguf", NULL);

  gguf_builder_write (builder, path);
  g_autoptr (NnGguf) gguf = nn_gguf_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (nn_gguf_get_path (gguf), ==, path);
  for (size_t i = 0; i < nn_gguf_get_n_tensors (gguf); i++)
    nn_gguf_release_pages (gguf, nn_gguf_get_tensor (gguf, i));
  assert_all_values (gguf);
  assert_all_tensors (gguf);
  g_unlink (path);
  g_rmdir (dir);
}

static void
test_release_pages (void)
{
  g_autoptr (GgufBuilder) builder = gguf_builder_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *dir = g_dir_make_tmp ("hearsay-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "pages.gguf", NULL);
  g_autofree float *many = g_new (float, 65536);

  for (int i = 0; i < 65536; i++)
    many[i] = (float) i;
  gguf_builder_add_f32_tensor (builder, "many", 1, (int64_t[]){ 65536 }, many);
  gguf_builder_write (builder, path);
  g_autoptr (NnGguf) gguf = nn_gguf_open (path, &error);
  g_assert_no_error (error);
  const NnTensor *tensor = nn_gguf_find (gguf, "many");
  nn_gguf_release_pages (gguf, tensor);
  g_assert_cmpmem (tensor->data, tensor->n_bytes, many, 65536 * sizeof *many);
  g_unlink (path);
  g_rmdir (dir);
}

/* Cut at every length the file is refused with a message, or (padding only) reads the same. */
static void
test_truncated (void)
{
  g_autoptr (GgufBuilder) builder = small_file ();
  g_autoptr (GBytes) bytes = gguf_builder_build (builder);
  gsize length = g_bytes_get_size (bytes);

  for (gsize n = 0; n < length; n++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) cut = g_bytes_new_from_bytes (bytes, 0, n);
    /* A copy, so that address sanitizer sees a read past the end. */
    g_autoptr (GBytes) copy = g_bytes_new (g_bytes_get_data (cut, NULL), n);
    g_autoptr (NnGguf) gguf = nn_gguf_new_from_bytes (copy, "cut", &error);

    g_assert_null (gguf);
    g_assert_error (error, NN_ERROR, NN_ERROR_FORMAT);
  }
}

/* Each byte of the directory set to values that make counts and lengths absurd: read or refused,
 * but never a crash, and what is read stays inside. */
static void
test_damaged (void)
{
  static const guint8 damages[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
  g_autoptr (GgufBuilder) builder = small_file ();
  g_autoptr (GBytes) bytes = gguf_builder_build (builder);
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);
  g_autofree guint8 *copy = g_memdup2 (data, length);
  guint n_read = 0;

  for (gsize i = 0; i < length; i++) {
    for (size_t d = 0; d < G_N_ELEMENTS (damages); d++) {
      g_autoptr (GError) error = NULL;

      copy[i] = damages[d];
      g_autoptr (GBytes) damaged = g_bytes_new (copy, length);
      g_autoptr (NnGguf) gguf = nn_gguf_new_from_bytes (damaged, "damaged", &error);
      g_assert_true ((gguf != NULL) != (error != NULL));
      const guint8 *base = g_bytes_get_data (damaged, NULL);
      for (size_t t = 0; gguf != NULL && t < nn_gguf_get_n_tensors (gguf); t++) {
        const NnTensor *tensor = nn_gguf_get_tensor (gguf, t);

        g_assert_true ((const guint8 *) tensor->data >= base);
        g_assert_true ((const guint8 *) tensor->data + tensor->n_bytes <= base + length);
      }
      n_read += gguf != NULL;
    }
    copy[i] = data[i];
  }
  g_assert_cmpuint (n_read, >, 0);
}

static void
test_foreign (void)
{
  static const struct {
    const char *bytes;
    gsize length;
    const char *message;
  } cases[] = {
    { "", 0, "empty" },
    { "GG", 2, "truncated" },
    { "\x7f"
      "ELF\2\1\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
      24, "not a GGUF file" },
    { "<!DOCTYPE html><html></html>", 28, "not a GGUF file" },
    { "GGUF\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24, "big-endian" },
    { "GGUF\1\0\0\0\0\0\0\0\0\0\0\0", 16, "version 1" },
    { "GGUF\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24, "version 4" },
    { "GGUF\3\0\0\0\0\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\x7f", 24, "do not fit" },
    { "GGUF\3\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0\0\0\0\0", 24, "do not fit" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) bytes = g_bytes_new (cases[i].bytes, cases[i].length);
    g_autoptr (NnGguf) gguf = nn_gguf_new_from_bytes (bytes, "foreign", &error);

    g_assert_null (gguf);
    g_assert_nonnull (error);
    g_assert_nonnull (strstr (error->message, cases[i].message));
  }
}

static void
test_no_file (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *dir = g_dir_make_tmp ("hearsay-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "none.gguf", NULL);

  g_assert_null (nn_gguf_open (path, &error));
  g_assert_error (error, NN_ERROR, NN_ERROR_IO);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);
  g_assert_null (nn_gguf_open (dir, &error));
  g_assert_error (error, NN_ERROR, NN_ERROR_IO);
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  g_assert_null (nn_gguf_open (path, &error));
  g_assert_error (error, NN_ERROR, NN_ERROR_FORMAT);
  g_unlink (path);
  g_rmdir (dir);
}

static void
test_getter_errors (void)
{
  g_autoptr (GgufBuilder) builder = small_file ();
  gguf_builder_add_raw (builder, "huge", 10, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
  gguf_builder_add_raw (builder, "wide", 9, "\xb\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0", 20);
  gguf_builder_add_raw (builder, "nul", 8, "\3\0\0\0\0\0\0\0a\0b", 11);
  g_autoptr (GError) error = NULL;
  g_autoptr (NnGguf) gguf = open_builder (builder, &error);
  int64_t integer;
  double number;
  gboolean yes;
  size_t n;

  g_assert_no_error (error);
  g_assert_false (nn_gguf_get_int (gguf, "absent", &integer, &error));
  g_assert_error (error, NN_ERROR, NN_ERROR_MISSING);
  g_clear_error (&error);
#define ASSERT_FORMAT_ERROR(call)                                                                  \
  g_assert_true (!(call));                                                                         \
  g_assert_error (error, NN_ERROR, NN_ERROR_FORMAT);                                               \
  g_clear_error (&error)
  ASSERT_FORMAT_ERROR (nn_gguf_get_int (gguf, "f32", &integer, &error));
  ASSERT_FORMAT_ERROR (nn_gguf_get_int (gguf, "ints", &integer, &error));
  ASSERT_FORMAT_ERROR (nn_gguf_get_int (gguf, "huge", &integer, &error));
  ASSERT_FORMAT_ERROR (nn_gguf_get_double (gguf, "u32", &number, &error));
  ASSERT_FORMAT_ERROR (nn_gguf_get_boolean (gguf, "u32", &yes, &error));
  ASSERT_FORMAT_ERROR (nn_gguf_get_string (gguf, "words", &error));
  ASSERT_FORMAT_ERROR (nn_gguf_get_string (gguf, "nul", &error));
  ASSERT_FORMAT_ERROR (nn_gguf_get_strings (gguf, "general.architecture", &n, &error));
  ASSERT_FORMAT_ERROR (nn_gguf_get_floats (gguf, "ints", &n, &error));
  ASSERT_FORMAT_ERROR (nn_gguf_get_ints (gguf, "floats", &n, &error));
  ASSERT_FORMAT_ERROR (nn_gguf_get_ints (gguf, "wide", &n, &error));
#undef ASSERT_FORMAT_ERROR
  g_assert_null (nn_gguf_require (gguf, "absent", 1, (int64_t[]){ 4 }, &error));
  g_assert_error (error, NN_ERROR, NN_ERROR_MISSING);
  g_clear_error (&error);
  g_assert_null (nn_gguf_require (gguf, "matrix", 2, (int64_t[]){ 3, 4 }, &error));
  g_assert_error (error, NN_ERROR, NN_ERROR_SHAPE);
  g_assert_nonnull (strstr (error->message, "'matrix': expected dimensions [3, 4], found [4, 3]"));
  g_clear_error (&error);
  g_assert_null (nn_gguf_require (gguf, "matrix", 1, (int64_t[]){ 4 }, &error));
  g_assert_error (error, NN_ERROR, NN_ERROR_SHAPE);
}

static void
test_floats (void)
{
  static const float odd[] = { 1, -INFINITY, 2 }, no_number[] = { NAN };
  g_autoptr (GgufBuilder) builder = small_file ();
  g_autoptr (GError) error = NULL;

  gguf_builder_add_f32_tensor (builder, "odd", 1, (int64_t[]){ 3 }, odd);
  gguf_builder_add_f32_tensor (builder, "no-number", 1, (int64_t[]){ 1 }, no_number);
  g_autoptr (NnGguf) gguf = open_builder (builder, &error);
  g_assert_no_error (error);
  g_assert_true (nn_gguf_require_floats (gguf, "matrix", 2, (int64_t[]){ 4, 3 }, &error)
                 == nn_gguf_find (gguf, "matrix"));
  g_assert_no_error (error);
  g_assert_null (nn_gguf_require_floats (gguf, "matrix", 1, (int64_t[]){ 4 }, &error));
  g_assert_error (error, NN_ERROR, NN_ERROR_SHAPE);
  g_clear_error (&error);
  g_assert_null (nn_gguf_require_floats (gguf, "quantised", 1, (int64_t[]){ 32 }, &error));
  g_assert_error (error, NN_ERROR, NN_ERROR_SHAPE);
  g_clear_error (&error);
  g_assert_null (nn_gguf_require_floats (gguf, "odd", 1, (int64_t[]){ 3 }, &error));
  g_assert_error (error, NN_ERROR, NN_ERROR_FORMAT);
  g_clear_error (&error);
  g_assert_null (nn_gguf_require_floats (gguf, "no-number", 1, (int64_t[]){ 1 }, &error));
  g_assert_error (error, NN_ERROR, NN_ERROR_FORMAT);
}

static void
test_bad_values (void)
{
  static const struct {
    uint32_t type;
    const char *bytes;
    size_t length;
    int code;
    const char *message;
  } cases[] = {
    { 13, "\0\0\0\0", 4, NN_ERROR_FORMAT, "unknown value type 13" },
    { 7, "\2", 1, NN_ERROR_FORMAT, "boolean is 2" },
    { 8, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, NN_ERROR_FORMAT, "truncated" },
    { 9, "\x0d\0\0\0\0\0\0\0\0\0\0\0", 12, NN_ERROR_FORMAT, "unknown type 13" },
    { 9, "\x09\0\0\0\1\0\0\0\0\0\0\0", 12, NN_ERROR_UNSUPPORTED, "array of arrays" },
    { 9, "\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", 12, NN_ERROR_FORMAT, "does not fit" },
    { 9, "\x0a\0\0\0\0\0\0\0\0\0\0\x20", 12, NN_ERROR_FORMAT, "does not fit" },
    { 9, "\x08\0\0\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\1", 28, NN_ERROR_FORMAT,
      "truncated" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GgufBuilder) builder = gguf_builder_new ();

    gguf_builder_add_raw (builder, "broken", cases[i].type, cases[i].bytes, cases[i].length);
    assert_refused (builder, cases[i].code, "'broken'", cases[i].message);
  }
}

static void
test_bad_names (void)
{
  g_autofree char *longest = g_strnfill (513, 'x');
  const char *const names[] = { "", "line\nbreak", "\x1b[31mred", "\xff\xfe", longest };

  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GgufBuilder) keys = gguf_builder_new ();
    g_autoptr (GgufBuilder) tensors = gguf_builder_new ();

    gguf_builder_add_u32 (keys, names[i], 1);
    gguf_builder_add_u32 (keys, "padding", 1);
    assert_refused (keys, NN_ERROR_FORMAT, "metadata key 0", "a name");
    gguf_builder_add_f32_tensor (tensors, names[i], 1, (int64_t[]){ 4 }, values);
    assert_refused (tensors, NN_ERROR_FORMAT, "tensor 0", "a name");
  }
}

static void
test_duplicates (void)
{
  g_autoptr (GgufBuilder) keys = gguf_builder_new ();
  g_autoptr (GgufBuilder) tensors = gguf_builder_new ();

  gguf_builder_add_u32 (keys, "same", 1);
  gguf_builder_add_f32 (keys, "same", 1);
  assert_refused (keys, NN_ERROR_FORMAT, "'same'", "twice");
  gguf_builder_add_f32_tensor (tensors, "w", 1, (int64_t[]){ 4 }, values);
  gguf_builder_add_f32_tensor (tensors, "w", 1, (int64_t[]){ 4 }, values);
  assert_refused (tensors, NN_ERROR_FORMAT, "'w'", "twice");
}

static void
test_bad_tensors (void)
{
  static const struct {
    uint32_t type;
    int n_dims;
    int64_t dims[4];
    int code;
    const char *message;
  } cases[] = {
    { NN_TYPE_F32, 1, { 13 }, NN_ERROR_FORMAT, "truncated" },
    { NN_TYPE_F32, 2, { 4, 0 }, NN_ERROR_FORMAT, "dimension 1 is 0" },
    { NN_TYPE_F32, 1, { -1 }, NN_ERROR_FORMAT, "dimension 0" },
    { NN_TYPE_F32, 2, { G_MAXINT64, G_MAXINT64 }, NN_ERROR_FORMAT, "overflows" },
    { NN_TYPE_F32, 3, { 1 << 30, 1 << 30, 16 }, NN_ERROR_FORMAT, "overflows" },
    { NN_TYPE_F32, 2, { (int64_t) 1 << 62, 1 }, NN_ERROR_FORMAT, "overflows" },
    { NN_TYPE_Q8_0, 1, { 31 }, NN_ERROR_FORMAT, "whole blocks of 32 (Q8_0)" },
    { NN_TYPE_Q4_K, 1, { 32 }, NN_ERROR_FORMAT, "whole blocks of 256 (Q4_K)" },
    { 16, 1, { 256 }, NN_ERROR_UNSUPPORTED, "type 16" },
    { 0xffffffff, 1, { 4 }, NN_ERROR_UNSUPPORTED, "type 4294967295" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GgufBuilder) builder = gguf_builder_new ();

    gguf_builder_add_tensor (builder, "odd", cases[i].type, cases[i].n_dims, cases[i].dims, values,
                             sizeof values);
    assert_refused (builder, cases[i].code, "'odd'", cases[i].message);
  }
  g_autoptr (GgufBuilder) five = gguf_builder_new ();
  gguf_builder_add_tensor (five, "odd", NN_TYPE_F32, 5, (int64_t[]){ 1, 1, 1, 1, 1 }, values, 48);
  assert_refused (five, NN_ERROR_FORMAT, "'odd'", "5 dimensions");
  g_autoptr (GgufBuilder) none = gguf_builder_new ();
  gguf_builder_add_tensor (none, "odd", NN_TYPE_F32, 0, NULL, values, 48);
  assert_refused (none, NN_ERROR_FORMAT, "'odd'", "0 dimensions");
}

/* Offsets are the builder's business, so these files are written and then changed. */
static void
test_bad_offsets (void)
{
  static const uint64_t offsets[] = { 4, 0, G_MAXUINT64 - 31, 1 << 20 };
  static const char *const messages[] = { "alignment 32", "overlaps", "truncated", "truncated" };

  for (size_t i = 0; i < G_N_ELEMENTS (offsets); i++) {
    g_autoptr (GgufBuilder) builder = gguf_builder_new ();
    g_autoptr (GError) error = NULL;

    gguf_builder_add_f32_tensor (builder, "first", 1, (int64_t[]){ 12 }, values);
    gguf_builder_add_f32_tensor (builder, "second", 1, (int64_t[]){ 12 }, values);
    GBytes *bytes = gguf_builder_build (builder);
    gsize length;
    g_autofree guint8 *data = g_bytes_unref_to_data (bytes, &length);
    /* Header, first tensor, and second up to its offset. */
    size_t at = 24 + (8 + 5 + 4 + 8 + 4 + 8) + (8 + 6 + 4 + 8 + 4);
    memcpy (data + at, &offsets[i], sizeof offsets[i]);
    g_autoptr (GBytes) changed = g_bytes_new (data, length);
    g_autoptr (NnGguf) gguf = nn_gguf_new_from_bytes (changed, "offsets", &error);
    g_assert_null (gguf);
    g_assert_error (error, NN_ERROR, NN_ERROR_FORMAT);
    g_assert_nonnull (strstr (error->message, messages[i]));
  }
}

static void
test_alignment (void)
{
  static const uint32_t bad[] = { 0, 1, 4, 24, 1 << 17, G_MAXUINT32 };
  g_autoptr (GgufBuilder) builder = gguf_builder_new ();
  g_autoptr (GError) error = NULL;

  gguf_builder_set_alignment (builder, 256);
  gguf_builder_add_f32_tensor (builder, "a", 1, (int64_t[]){ 12 }, values);
  gguf_builder_add_f32_tensor (builder, "b", 1, (int64_t[]){ 4 }, values + 4);
  g_autoptr (NnGguf) gguf = open_builder (builder, &error);
  g_assert_no_error (error);
  const NnTensor *a = nn_gguf_find (gguf, "a"), *b = nn_gguf_find (gguf, "b");
  g_assert_cmpint ((const char *) b->data - (const char *) a->data, ==, 256);
  g_assert_cmpmem (b->data, b->n_bytes, values + 4, 16);
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GgufBuilder) other = gguf_builder_new ();

    gguf_builder_add_u32 (other, "general.alignment", bad[i]);
    assert_refused (other, NN_ERROR_FORMAT, "general.alignment", "alignment of");
  }
  g_autoptr (GgufBuilder) text = gguf_builder_new ();
  gguf_builder_add_string (text, "general.alignment", "32");
  assert_refused (text, NN_ERROR_FORMAT, "general.alignment", "not a 32-bit integer");
}

static void
test_split (void)
{
  g_autoptr (GgufBuilder) builder = gguf_builder_new ();
  g_autoptr (GgufBuilder) whole = gguf_builder_new ();
  g_autoptr (GError) error = NULL;

  gguf_builder_add_raw (builder, "split.count", 2, "\3\0", 2);
  assert_refused (builder, NN_ERROR_UNSUPPORTED, "split.count", "3 parts");
  gguf_builder_add_raw (whole, "split.count", 2, "\1\0", 2);
  g_autoptr (NnGguf) gguf = open_builder (whole, &error);
  g_assert_no_error (error);
  g_assert_nonnull (gguf);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gguf/read-back", test_read_back);
  g_test_add_func ("/gguf/mapped-file", test_mapped_file);
  g_test_add_func ("/gguf/release-pages", test_release_pages);
  g_test_add_func ("/gguf/truncated", test_truncated);
  g_test_add_func ("/gguf/damaged", test_damaged);
  g_test_add_func ("/gguf/foreign", test_foreign);
  g_test_add_func ("/gguf/no-file", test_no_file);
  g_test_add_func ("/gguf/getter-errors", test_getter_errors);
  g_test_add_func ("/gguf/floats", test_floats);
  g_test_add_func ("/gguf/bad-values", test_bad_values);
  g_test_add_func ("/gguf/bad-names", test_bad_names);
  g_test_add_func ("/gguf/duplicates", test_duplicates);
  g_test_add_func ("/gguf/bad-tensors", test_bad_tensors);
  g_test_add_func ("/gguf/bad-offsets", test_bad_offsets);
  g_test_add_func ("/gguf/alignment", test_alignment);
  g_test_add_func ("/gguf/split", test_split);
  return g_test_run ();
}

/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Runs a fuzz target without a fuzzer: every file of the corpus, then mutations of it. The
 * mutations come from a generator seeded by the file's name, so each run is the same. */

#include <string.h>

#include <glib.h>

#include "tests/fuzz/fuzz-target.h"

#define N_MUTATIONS 200

static void
run_copy (const guint8 *data, gsize length)
{
  /* Exactly as large as the input, so that address sanitizer sees a read past the end. */
  g_autofree guint8 *copy = g_malloc (length > 0 ? length : 1);

  memcpy (copy, data, length);
  LLVMFuzzerTestOneInput (copy, length);
}

/* Changes a few bytes, to extremes as often as to anything, and sometimes cuts the end. */
static gsize
mutate (GRand *rand, guint8 *data, gsize length)
{
  static const guint8 extremes[] = { 0, 1, 0x7f, 0x80, 0xff, '"', '{', '<' };
  gint32 n = g_rand_int_range (rand, 1, 5);

  for (gint32 i = 0; i < n; i++) {
    gsize at = g_rand_int_range (rand, 0, (gint32) length);

    if (g_rand_boolean (rand))
      data[at] = extremes[g_rand_int_range (rand, 0, G_N_ELEMENTS (extremes))];
    else
      data[at] = (guint8) g_rand_int (rand);
  }
  if (g_rand_int_range (rand, 0, 4) == 0)
    length = g_rand_int_range (rand, 0, (gint32) length);
  return length;
}

static void
test_file (gconstpointer user_data)
{
  const char *path = user_data;
  g_autofree char *name = g_path_get_basename (path);
  g_autoptr (GRand) rand = g_rand_new_with_seed (g_str_hash (name));
  g_autoptr (GError) error = NULL;
  g_autofree char *contents = NULL;
  gsize length;

  g_file_get_contents (path, &contents, &length, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (length, <, 1 << 20);
  run_copy ((guint8 *) contents, length);
  for (int i = 0; i < N_MUTATIONS && length > 0; i++) {
    g_autofree guint8 *mutant = g_memdup2 (contents, length);

    run_copy (mutant, mutate (rand, mutant, length));
  }
}

static void
test_empty (void)
{
  run_copy ((const guint8 *) "", 0);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  const char *name;

  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  g_autoptr (GDir) dir = g_dir_open (argv[1], 0, &error);
  g_assert_no_error (error);
  g_autofree char *corpus = g_path_get_basename (argv[1]);
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *test = g_strdup_printf ("/%s/%s", corpus, name);

    g_test_add_data_func_full (test, g_build_filename (argv[1], name, NULL), test_file, g_free);
  }
  g_autofree char *empty = g_strdup_printf ("/%s/empty", corpus);
  g_test_add_func (empty, test_empty);
  return g_test_run ();
}

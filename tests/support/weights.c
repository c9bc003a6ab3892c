/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "tests/support/weights.h"

char *
weights_find (const char *id)
{
  const char *folder = g_getenv ("HEARSAY_MODELS");
  g_autofree char *store =
      folder != NULL && *folder != '\0'
          ? g_strdup (folder)
          : g_build_filename (g_get_user_data_dir (), "hearsay", "models", NULL);
  g_autofree char *name = g_strconcat (id, ".gguf", NULL);
  g_autofree char *path = g_build_filename (store, name, NULL);

  if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return g_steal_pointer (&path);
  g_autofree char *reason =
      g_strdup_printf ("%s is missing; \"hearsay models install %s\"", path, id);
  g_test_skip (reason);
  return NULL;
}

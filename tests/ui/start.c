/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "tests/ui/start.h"

#include <adwaita.h>

char *
test_make_home (const char *name)
{
  g_autofree char *template = g_strdup_printf ("hearsay-%s-XXXXXX", name);
  g_autoptr (GError) error = NULL;
  char *folder = g_dir_make_tmp (template, &error);

  g_assert_no_error (error);
  g_setenv ("XDG_DATA_HOME", folder, TRUE);
  g_setenv ("GSETTINGS_BACKEND", "memory", TRUE);
  return folder;
}

gboolean
test_init_display (int *argc, char ***argv)
{
  g_test_init (argc, argv, NULL);
  if (!gtk_init_check ()) {
    g_print ("1..0 # SKIP there is no display\n");
    return FALSE;
  }
  adw_init ();
  return TRUE;
}

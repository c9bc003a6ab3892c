/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <locale.h>

#include "app/base/data-files.h"
#include "ui/base/stalls.h"
#include "ui/window/application.h"

/* Of the tree that the program is installed in, of the build tree, or where it was to be. */
static char *
find_locale_folder (void)
{
  static const char *const places[] = { "../share/locale", "../po" };

  if (g_getenv ("HEARSAY_LOCALEDIR") != NULL)
    return g_strdup (g_getenv ("HEARSAY_LOCALEDIR"));
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++) {
    char *folder = app_data_file_beside_program (places[i]);

    if (folder != NULL)
      return folder;
  }
  return g_strdup (HEARSAY_LOCALEDIR);
}

static int
handle_options (GApplication *application, GVariantDict *options, gpointer user_data)
{
  if (!g_variant_dict_contains (options, "version"))
    return -1;
  g_print ("hearsay-desktop %s\n", HEARSAY_VERSION);
  return 0;
}

int
main (int argc, char **argv)
{
  g_autoptr (HsApplication) application = NULL;
  g_autofree char *locale_folder = find_locale_folder ();

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, locale_folder);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  hs_stalls_watch ();
  application = hs_application_new ();
  g_application_add_main_option (G_APPLICATION (application), "version", 0, G_OPTION_FLAG_NONE,
                                 G_OPTION_ARG_NONE, _ ("Print the version and exit"), NULL);
  g_signal_connect (application, "handle-local-options", G_CALLBACK (handle_options), NULL);
  return g_application_run (G_APPLICATION (application), argc, argv);
}

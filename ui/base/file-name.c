/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/base/file-name.h"

char *
hs_file_show_name (GFile *file)
{
  g_autofree char *base = g_file_get_basename (file);

  return base != NULL ? g_filename_display_name (base) : g_file_get_parse_name (file);
}

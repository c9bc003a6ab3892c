/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/base/voice-name.h"

#include <glib/gi18n.h>
#include <string.h>

char *
hs_voice_describe (const char *name)
{
  const char *manner = "";
  const char *stem = strchr (name, '_');

  if (g_str_has_prefix (name, "af_"))
    manner = _ ("American, female");
  else if (g_str_has_prefix (name, "am_"))
    manner = _ ("American, male");
  else if (g_str_has_prefix (name, "bf_"))
    manner = _ ("British, female");
  else if (g_str_has_prefix (name, "bm_"))
    manner = _ ("British, male");
  else
    return g_strdup (name);
  g_autofree char *shown = g_strdup (stem + 1);
  shown[0] = g_ascii_toupper (shown[0]);
  /* Translators: the name of a voice, then how it speaks. */
  return g_strdup_printf (_ ("%s (%s)"), shown, manner);
}

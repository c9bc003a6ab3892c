/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/base/play-button.h"

#include <glib/gi18n.h>

void
hs_play_button_show (GtkButton *button, gboolean is_playing)
{
  const char *action = is_playing ? _ ("Pause") : _ ("Play");

  gtk_button_set_icon_name (button, is_playing ? "media-playback-pause-symbolic"
                                               : "media-playback-start-symbolic");
  gtk_widget_set_tooltip_text (GTK_WIDGET (button), action);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, action,
                                  -1);
}

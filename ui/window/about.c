/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/window/about.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include "ui/base/program.h"

void
hs_about_show (GtkWindow *parent)
{
  static AdwAboutWindow *about;

  if (about != NULL) {
    gtk_window_present (GTK_WINDOW (about));
    return;
  }
  g_set_weak_pointer (&about, ADW_ABOUT_WINDOW (adw_about_window_new ()));
  g_object_set (about, "application-name", _ ("Hearsay"), "application-icon", HS_APPLICATION_ID,
                "version", HEARSAY_VERSION, "developer-name", _ ("The Hearsay contributors"),
                "license-type", GTK_LICENSE_GPL_3_0, "comments",
                _ ("Listens, understands, answers and speaks, all on your own computer."), NULL);
  adw_about_window_add_legal_section (
      about, _ ("Models"), NULL, GTK_LICENSE_CUSTOM,
      _ ("Each model has a licence of its own, which the page “Models” names. The estimates of "
         "emotion and gender come from weights under CC BY-NC-SA 4.0."));
  /* Its version is a button that copies it and says so; the message, dismissed while it comes in,
   * is used after it was freed (libadwaita 1.2; see ui/base/toasts.h). The version stays readable.
   */
  gtk_widget_action_set_enabled (GTK_WIDGET (about), "about.copy-property", FALSE);
  gtk_window_set_transient_for (GTK_WINDOW (about), parent);
  gtk_window_present (GTK_WINDOW (about));
}

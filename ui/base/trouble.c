/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/base/trouble.h"

#include <glib/gi18n.h>

#include "app/base/app-error.h"

static const char *const kinds[] = {
  [APP_ERROR_NOT_INSTALLED] = N_ ("A model that is needed is not installed."),
  [APP_ERROR_CATALOGUE] = N_ ("The catalogue of models has no such entry."),
  [APP_ERROR_DOWNLOAD] = N_ ("Fetching did not succeed."),
  [APP_ERROR_CHECKSUM] = N_ ("What was fetched is not what was asked for."),
  [APP_ERROR_DISK] = N_ ("A file cannot be read or written. Is the disk full?"),
  [APP_ERROR_BUSY] = N_ ("Another program is using it."),
  [APP_ERROR_NO_SPEECH] = N_ ("Nobody speaks in the recording."),
  [APP_ERROR_ARGUMENT] = N_ ("That cannot be done."),
  [APP_ERROR_FORMAT] = N_ ("A file does not hold what it should."),
  [APP_ERROR_CANCELLED] = NULL,
  [APP_ERROR_ENGINE] = N_ ("The engine could not do it."),
  [APP_ERROR_RECORDING] = N_ ("The recording cannot be read."),
  [APP_ERROR_DEVICE] = N_ ("The microphone or the loudspeaker cannot be used."),
};

char *
hs_trouble_describe_kind (int kind, const char *message, const char *separator)
{
  if (kind < 0 || kind >= (int) G_N_ELEMENTS (kinds) || kinds[kind] == NULL)
    return g_strdup (message);
  return g_strconcat (_ (kinds[kind]), separator, message, NULL);
}

char *
hs_trouble_describe (const GError *error, const char *separator)
{
  return hs_trouble_describe_kind (app_error_get_kind (error), error->message, separator);
}

void
hs_trouble_tell (GtkWidget *widget, const GError *error)
{
  g_autofree char *text = hs_trouble_describe (error, " ");

  gtk_widget_activate_action (widget, "win.tell", "s", text);
}

char *
hs_trouble_describe_playing (const char *message)
{
  return g_strconcat (_ ("It cannot be played."), " ", message, NULL);
}

void
hs_trouble_tell_playing (GtkWidget *widget, const char *message)
{
  g_autofree char *text = hs_trouble_describe_playing (message);

  gtk_widget_activate_action (widget, "win.tell", "s", text);
}

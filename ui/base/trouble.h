/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What went wrong, for people: the kind of it in their language, and behind it what the layers
 * below say, which name files and numbers and speak English. No page shows the latter alone. */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* (transfer full): both, with the separator between them. */
char *hs_trouble_describe (const GError *error, const char *separator);
/* The same of an AppError that was kept as a number; kind below 0: it was not. */
char *hs_trouble_describe_kind (int kind, const char *message, const char *separator);
/* (transfer full): the same of an AppPlayer's message. */
char *hs_trouble_describe_playing (const char *message);

/* The window around the widget says it. */
void hs_trouble_tell (GtkWidget *widget, const GError *error);
void hs_trouble_tell_playing (GtkWidget *widget, const char *message);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What went wrong, for people: the kind of it in their language, and behind it what the layers
 * below say, which name files and numbers and speak English. Pure functions. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* (transfer full): both, with the separator between them. */
char *hs_trouble_describe (const GError *error, const char *separator);
/* The same of an AppError that was kept as a number; kind below 0: it was not. */
char *hs_trouble_describe_kind (int kind, const char *message, const char *separator);

G_END_DECLS

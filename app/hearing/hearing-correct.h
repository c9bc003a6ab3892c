/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What was heard wrongly, put right by people. */

#pragma once

#include "app/hearing/hearing.h"

G_BEGIN_DECLS

/* The segment says this from now on, in a Hearing that nobody else reads. Words at its beginning
 * and end that stayed keep their times, the others share what is left, by their lengths; what was
 * judged of the old words is forgotten. APP_ERROR_ARGUMENT: there is no such segment, or the text
 * is empty. */
gboolean app_hearing_correct (AppHearing *hearing, guint segment, const char *text, GError **error);

G_END_DECLS

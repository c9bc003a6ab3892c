/* SPDX-License-Identifier: GPL-3.0-or-later */

/* As it is spoken where: Chinese has readings of Taiwan and of the mainland
 * (audio/reading/chinese.h). Unless it is asked for, the characters of a text tell: Traditional
 * ones are read as in Taiwan.
 */

#pragma once

#include "app/base/app-error.h"

G_BEGIN_DECLS

typedef enum { APP_ACCENT_BY_TEXT, APP_ACCENT_TAIWAN, APP_ACCENT_MAINLAND } AppAccent;

/* "taiwan", "mainland"; NULL: by the text. FALSE with APP_ERROR_ARGUMENT for another. */
gboolean app_accent_read (const char *name, AppAccent *accent, GError **error);
/* Of the user's language: Taiwan's for zh_TW, else the mainland's. */
AppAccent app_accent_get_default (void);
/* One of the two: `asked` if it is one, else that of the text; `otherwise` where no character of it
 * tells. */
AppAccent app_accent_choose (AppAccent asked, const char *text, AppAccent otherwise);

G_END_DECLS

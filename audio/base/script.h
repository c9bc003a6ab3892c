/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Chinese in traditional or simplified characters: one to the other, phrase by phrase (OpenCC).
 *
 * A converter is immutable and may be used by any thread.
 *
 *   g_autoptr (AudioScriptConverter) converter = audio_script_converter_new (script, &error);
 *   g_autofree char *text = audio_script_converter_convert (converter, "汉字");
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum { AUDIO_SCRIPT_AS_IS, AUDIO_SCRIPT_TRADITIONAL, AUDIO_SCRIPT_SIMPLIFIED } AudioScript;

typedef struct _AudioScriptConverter AudioScriptConverter;

/* NULL and no error where nothing is to be converted. AUDIO_ERROR_MODEL: the tables are missing. */
AudioScriptConverter *audio_script_converter_new (AudioScript script, GError **error);
void audio_script_converter_free (AudioScriptConverter *converter);
/* (transfer full) */
char *audio_script_converter_convert (const AudioScriptConverter *converter, const char *text);
/* The script of a text, by most of the characters that tell: as it is if none does. text: UTF-8.
 * FALSE if the tables are missing. */
gboolean audio_script_recognise (const char *text, AudioScript *script, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AudioScriptConverter, audio_script_converter_free)

G_END_DECLS

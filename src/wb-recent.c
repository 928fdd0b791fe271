/* wb-recent.c: the folders and archives that were opened lately, and where the sample set is.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-recent.h"

#define KEY "recent-folders"
#define MAX_RECENT 8

/* A missing schema ends a program that asks for it; a program that was not installed should run all the same. So
 * the schema is looked up first, in the build folder too. */
static GSettings *
make_settings (void)
{
  GSettingsSchemaSource *installed = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchema) schema = NULL;

  if (installed)
    schema = g_settings_schema_source_lookup (installed, LATHE_APPLICATION_ID, TRUE);
  if (!schema)
    {
      g_autoptr (GSettingsSchemaSource) built =
          g_settings_schema_source_new_from_directory (LATHE_SCHEMA_BUILD_DIR, installed, TRUE, NULL);

      if (built)
        schema = g_settings_schema_source_lookup (built, LATHE_APPLICATION_ID, FALSE);
    }
  return schema ? g_settings_new_full (schema, NULL, NULL) : NULL;
}

GSettings *
wb_settings_get (void)
{
  static GSettings *settings;
  static gboolean asked;

  if (!asked)
    {
      asked = TRUE;
      settings = make_settings ();
    }
  return settings;
}

/* --- Paths, which are any bytes, in settings, which are UTF-8 --- */

char *
wb_path_to_setting (const char *path)
{
  return g_utf8_validate (path, -1, NULL) ? g_strdup (path) : g_filename_to_uri (path, NULL, NULL);
}

char *
wb_path_from_setting (const char *text)
{
  return g_path_is_absolute (text) ? g_strdup (text) : g_filename_from_uri (text, NULL, NULL);
}

/* --- Lately --- */

static char **
get_entries (void)
{
  GSettings *settings = wb_settings_get ();

  return settings ? g_settings_get_strv (settings, KEY) : g_new0 (char *, 1);
}

char **
wb_recent_list (void)
{
  g_auto (GStrv) entries = get_entries ();
  g_autoptr (GStrvBuilder) present = g_strv_builder_new ();

  for (char **entry = entries; *entry; entry++)
    {
      g_autofree char *path = wb_path_from_setting (*entry);

      if (path && g_file_test (path, G_FILE_TEST_EXISTS))
        g_strv_builder_add (present, path);
    }
  return g_strv_builder_end (present);
}

void
wb_recent_add (const char *path)
{
  g_auto (GStrv) before = get_entries ();
  g_autofree char *entry = wb_path_to_setting (path);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) after = NULL;
  guint n = 1;

  g_strv_builder_add (builder, entry);
  for (char **other = before; *other && n < MAX_RECENT; other++)
    if (strcmp (*other, entry) != 0)
      {
        g_strv_builder_add (builder, *other);
        n++;
      }
  after = g_strv_builder_end (builder);
  if (wb_settings_get ())
    g_settings_set_strv (wb_settings_get (), KEY, (const char *const *) after);
}

GFile *
wb_sample_folder (void)
{
  const char *const places[] = {g_getenv ("LATHE_SAMPLES"), LATHE_SAMPLES_BUILD_DIR, LATHE_SAMPLES_DIR};

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    if (places[i] && g_file_test (places[i], G_FILE_TEST_EXISTS))
      return g_file_new_for_path (places[i]);
  return NULL;
}

char *
wb_path_for_people (const char *path)
{
  const char *home = g_get_home_dir ();
  g_autofree char *display = g_filename_display_name (path);

  if (g_str_has_prefix (display, home) && display[strlen (home)] == G_DIR_SEPARATOR)
    return g_strconcat ("~", display + strlen (home), NULL);
  return g_steal_pointer (&display);
}

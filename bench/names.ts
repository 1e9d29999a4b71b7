/** Given names in Indonesia, the most common first: loading picks early ones far more often. */
export const givenNames = [
  'Siti', 'Muhammad', 'Nur', 'Sri', 'Ahmad', 'Budi', 'Dewi', 'Agus', 'Dwi', 'Eko', 'Tri', 'Ani', 'Rina', 'Indah', 'Yuni', 'Andi',
  'Hendra', 'Rudi', 'Ratna', 'Wahyu', 'Joko', 'Bambang', 'Slamet', 'Putri', 'Fitri', 'Rizky', 'Dian', 'Endang', 'Iwan', 'Lestari',
  'Made', 'Wayan', 'Ketut', 'Nyoman', 'Komang', 'Maria', 'Yohanes', 'Abdul', 'Aisyah', 'Fatimah', 'Hasan', 'Husein', 'Ismail', 'Ibrahim',
  'Yusuf', 'Zainal', 'Taufik', 'Teguh', 'Sugeng', 'Suparman', 'Sutrisno', 'Suwarno', 'Sukarno', 'Supriyadi', 'Mulyadi', 'Haryanto',
  'Gunawan', 'Darmawan', 'Kurniawan', 'Setiawan', 'Hermawan', 'Irawan', 'Bagus', 'Galih', 'Gilang', 'Fajar', 'Arif', 'Anwar', 'Bayu', 'Cahya',
  'Citra', 'Desi', 'Elok', 'Fauzan', 'Gita', 'Hani', 'Intan', 'Jamal', 'Kartika', 'Laras', 'Mega', 'Nanda', 'Oktavia', 'Prasetyo', 'Qori',
  'Rahmat', 'Sinta', 'Tania', 'Umar', 'Vina', 'Winda', 'Yanti', 'Zahra', 'Asep', 'Dadang', 'Ujang', 'Cecep', 'Neneng', 'Euis', 'Lilis',
] as const;

export const familyNames = [
  'Santoso', 'Wijaya', 'Hidayat', 'Saputra', 'Pratama', 'Nugroho', 'Susanto', 'Rahayu', 'Lestari', 'Wahyuni', 'Handayani', 'Utami',
  'Setiawan', 'Kurniawan', 'Suryadi', 'Halim', 'Siregar', 'Nasution', 'Harahap', 'Lubis', 'Simanjuntak', 'Sitompul', 'Hutapea', 'Sinaga',
  'Panjaitan', 'Ginting', 'Tarigan', 'Sembiring', 'Purba', 'Saragih', 'Manurung', 'Situmorang', 'Pangaribuan', 'Tampubolon', 'Batubara',
  'Rangkuti', 'Daulay', 'Pohan', 'Tanjung', 'Chaniago', 'Koto', 'Piliang', 'Sikumbang', 'Wibowo', 'Prabowo', 'Hartono', 'Sudarsono',
  'Kusuma', 'Atmaja', 'Permana', 'Firmansyah', 'Ramadhan', 'Maulana', 'Hakim', 'Fadilah', 'Syahputra', 'Anggraini', 'Puspitasari',
  'Wulandari', 'Kartikasari', 'Safitri', 'Maharani', 'Permatasari', 'Astuti', 'Purwanti', 'Suryani', 'Mulyani', 'Haryati', 'Sulistyowati',
  'Widodo', 'Pamungkas', 'Wicaksono', 'Baskoro', 'Adiputra', 'Mahendra', 'Sudiarta', 'Suardana', 'Artawan', 'Pelupessy', 'Latuconsina',
  'Tuasikal', 'Wenda', 'Tabuni', 'Kogoya', 'Rumbiak', 'Mandagi', 'Lumentut', 'Waworuntu', 'Tumbelaka', 'Rompas', 'Gobel', 'Mokoginta',
  'Paputungan', 'Daeng', 'Karaeng', 'Baharuddin', 'Syarifuddin', 'Kamaruddin', 'Djalaluddin', 'Zulkarnain',
] as const;

/** Prefixes of the mobile operators. */
export const phonePrefixes = [
  '0812', '0813', '0821', '0822', '0852', '0853', '0811', '0823', '0851', '0857', '0856', '0858', '0814', '0815', '0816', '0877', '0878',
  '0817', '0818', '0819', '0859', '0895', '0896', '0897', '0898', '0899', '0881', '0882', '0838', '0831',
] as const;
